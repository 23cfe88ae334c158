import { expect, test } from '@jest/globals'
import type { PunchNat } from '@p2pd/punch'
import { sideDescription } from '../testdata/side-description.ts'
import { pairSides, withoutLoopback } from './side-pair.ts'
import type { SideDescription } from '../signalling/side-description.ts'

const tcp = sideDescription
const udp: SideDescription = { ...sideDescription, protocol: 'udp' }
const tcp6: SideDescription = { ...sideDescription, family: 'IPv6' }

/** A side behind a NAT of its own. */
function behind(ip: string, nat: Partial<PunchNat>): SideDescription {
  const { side } = sideDescription
  return { ...sideDescription, side: { ...side, nat: { ...side.nat, externalAddresses: [ip], ...nat } } }
}
const home = behind('198.51.100.1', {})
const distant = behind('198.51.100.2', {})
const office = behind('198.51.100.6', {})
const symmetric = { mapping: 'address-and-port-dependent' } as const
const carrier = behind('198.51.100.3', { ...symmetric, delta: { type: 'random', value: 0 } })
const counting = behind('198.51.100.4', { ...symmetric, delta: { type: 'independent', value: 1 } })
const shut = behind('198.51.100.5', { type: 'blocked' })

test.each<[string, (SideDescription | undefined)[], SideDescription[], (SideDescription | undefined)[]]>([
  ['by protocol', [tcp, udp], [udp, tcp], [tcp, udp]],
  ['by family', [tcp6], [tcp, tcp6], [tcp6]],
  ['each once', [tcp, tcp], [tcp], [tcp, undefined]],
  ['nothing with nothing', [undefined, tcp], [tcp], [undefined, tcp]],
  ['in their order where all are alike', [home, tcp], [distant, office], [distant, office]],
  ['the easiest pair first', [carrier, home], [distant, carrier], [carrier, distant]],
  ['a counter rather than a random port', [home], [carrier, counting, shut], [counting]],
  ['within one network before all', [home, tcp], [distant, shut, tcp], [distant, tcp]],
])('sides meet %s', (_, offered, mine, expected) => {
  expect(pairSides(offered, mine)).toEqual(expected)
})

test('a peer that names loopback makes nobody knock at the own machine, unless all are on it', () => {
  const { nat, hosts, endpoints } = tcp.side
  const here = [
    { ip: '127.0.0.1', port: 22 },
    { ip: '127.8.8.8', port: 80 },
  ]
  const lying = {
    nat: { ...nat, externalAddresses: ['127.0.0.1', ...nat.externalAddresses] },
    endpoints: [...here, ...endpoints],
    hosts: [...here, ...hosts],
  }
  expect(withoutLoopback(lying, { ip: '192.168.1.9' })).toEqual(tcp.side)
  expect(withoutLoopback(lying, { ip: '127.0.0.1' })).toEqual(lying)
})
