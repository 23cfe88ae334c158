import { expect, test } from '@jest/globals'
import { NatError } from '../nat-error.ts'
import { assumedFirewall } from './assumed-report.ts'

const noServer = new NatError('NAT_NO_SERVER', 'none of 2 STUN servers has an address for IPv6 over udp')

test('a global IPv6 address that no STUN server can see is taken for one behind a firewall', () => {
  expect(assumedFirewall({ family: 'IPv6', ip: '2a00:5::2' }, noServer)).toMatchObject({
    type: 'udp-firewall',
    confidence: 0,
    externalAddresses: ['2a00:5::2'],
    assumed: true,
  })
})

test.each([
  ['an IPv4 address', { family: 'IPv4', ip: '203.0.113.1' }, noServer],
  ['a unique local address', { family: 'IPv6', ip: 'fd00::2' }, noServer],
  [
    'a server that does not answer',
    { family: 'IPv6', ip: '2a00:5::2' },
    new NatError('NAT_NO_ANSWER', 'none'),
  ],
] as const)('nothing is assumed of %s', (_, base, failure) => {
  expect(assumedFirewall(base, failure)).toBeUndefined()
})
