import { expect, test } from '@jest/globals'
import { chooseStep } from './choose-step.ts'

test.each([
  ['usable', 'pending', 'pending', 0, { type: 'use-pcp' }],
  ['pending', 'pending', 'pending', 9000, { type: 'wait' }],
  ['pending', 'usable', 'pending', 5, { type: 'wait', untilMs: 150 }],
  ['pending', 'usable', 'pending', 150, { type: 'map-nat-pmp' }],
  ['absent', 'usable', 'usable', 5, { type: 'map-nat-pmp' }],
  ['pending', 'pending', 'usable', 100, { type: 'wait', untilMs: 150 }],
  ['pending', 'pending', 'usable', 150, { type: 'map-upnp' }],
  ['absent', 'absent', 'usable', 5, { type: 'map-upnp' }],
  ['absent', 'absent', 'pending', 5, { type: 'wait' }],
  ['absent', 'pending', 'absent', 5000, { type: 'wait' }],
  ['absent', 'absent', 'absent', 5, { type: 'fail' }],
] as const)('PCP %s, NAT-PMP %s, UPnP %s after %i ms', (pcp, natPmp, upnp, elapsedMs, step) => {
  expect(chooseStep({ pcp, natPmp, upnp, elapsedMs, isNatPmpPublic: false })).toEqual(step)
})

test('NAT-PMP with a public address is used at once, whatever PCP says later', () => {
  const progress = { pcp: 'pending', natPmp: 'usable', upnp: 'pending', elapsedMs: 5 } as const
  expect(chooseStep({ ...progress, isNatPmpPublic: true })).toEqual({ type: 'map-nat-pmp' })
})
