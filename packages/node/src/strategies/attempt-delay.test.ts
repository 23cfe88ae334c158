import { expect, test } from '@jest/globals'
import { sideDescription } from '../testdata/side-description.ts'
import { punchDelayMs } from './attempt-delay.ts'

const home = sideDescription.side
const other = { ...home, nat: { ...home.nat, externalAddresses: ['203.0.113.9'] } }
const open = { ...other, nat: { ...other.nat, type: 'open' } }
const all = ['direct', 'reverse', 'tcp-punch', 'udp-punch'] as const

test.each([
  ['no plain connection is waited for that is hardly possible', 'tcp-punch', all, home, other, 0],
  ['a punch does not wait for one of the other protocol', 'udp-punch', all, home, other, 0],
  ['an open side is dialled first', 'tcp-punch', all, home, open, 250],
  ['one network is crossed by plain connections first', 'udp-punch', all, home, home, 250],
  ['nothing comes before the first', 'tcp-punch', ['tcp-punch', 'direct'], home, open, 0],
  ['nor where no plain connection is asked for', 'udp-punch', ['tcp-punch', 'udp-punch'], home, open, 0],
] as const)('%s: %s', (_, name, strategies, a, b, expected) => {
  expect(punchDelayMs(name, strategies, [a, b], [[a, b]])).toBe(expected)
  expect(punchDelayMs(name, strategies, [b, a], [[b, a]])).toBe(expected)
})

test('hosts that share one network of several: punches through the others wait, too', () => {
  const shared = [home, home] as const
  expect(punchDelayMs('udp-punch', all, [home, other], [[home, other], shared])).toBe(250)
})
