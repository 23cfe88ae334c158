import { expect, test } from '@jest/globals'
import { toldSide } from '../testdata/told-side.ts'
import { meet, withoutLoopback } from './pairing.ts'
import type { ToldSide } from './told-side.ts'

const tcp = toldSide
const udp: ToldSide = { ...toldSide, protocol: 'udp' }
const tcp6: ToldSide = { ...toldSide, family: 'IPv6' }

test.each<[string, (ToldSide | undefined)[], ToldSide[], (ToldSide | undefined)[]]>([
  ['by protocol', [tcp, udp], [udp, tcp], [tcp, udp]],
  ['by family', [tcp6], [tcp, tcp6], [tcp6]],
  ['each once', [tcp, tcp], [tcp], [tcp, undefined]],
  ['nothing with nothing', [undefined, tcp], [tcp], [undefined, tcp]],
])('sides meet %s', (_, offered, mine, expected) => {
  expect(meet(offered, mine)).toEqual(expected)
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
