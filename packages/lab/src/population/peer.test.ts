import { expect, test } from '@jest/globals'
import { boxBehaviourOf, type NatSettings } from '../nat/settings.ts'
import { type Peer, peerClasses, profiles, samplePeer } from './peer.ts'
import { createRandom } from '../random.ts'

const DRAWS = 8000
const draw = (profile: (typeof profiles)[number], seed = 1) => {
  const random = createRandom(seed)
  return Array.from({ length: DRAWS }, () => samplePeer(profile, random))
}
const share = (peers: Peer[], isOne: (peer: Peer) => boolean) => peers.filter(isOne).length / peers.length

/** Classes in the order of `peerClasses`. */
const weights = {
  residential: [0.06, 0.08, 0.12, 0.62, 0.03, 0.04, 0.01, 0.04],
  mobile: [0.01, 0.2, 0.05, 0.34, 0.1, 0.18, 0.1, 0.02],
  enterprise: [0.06, 0.02, 0.05, 0.3, 0.05, 0.3, 0.02, 0.2],
  mix: [0.045, 0.11, 0.09, 0.504, 0.053, 0.108, 0.038, 0.05],
}

test.each(profiles)('%s has its shares', (profile) => {
  const peers = draw(profile)
  for (const [i, peerClass] of peerClasses.entries())
    expect(
      Math.abs(share(peers, (peer) => peer.class === peerClass) - (weights[profile][i] ?? 0)),
    ).toBeLessThan(0.015)
  expect(share(peers, ({ ipv6 }) => ipv6)).toBeCloseTo(0.447, 1)
})

test('of the EI classes most keep ports; some boxes reset; some homes are behind two', () => {
  const cones = draw('residential').filter((peer) => 'FAP'.includes(peer.class))
  const delta = (peer: Peer) => boxBehaviourOf(peer.settings as NatSettings, 'udp').delta.type
  expect(share(cones, (peer) => delta(peer) === 'equal')).toBeCloseTo(0.7, 1)
  expect(share(cones, (peer) => delta(peer) === 'random')).toBeCloseTo(0.12, 1)
  expect(share(cones, ({ settings }) => 'unsolicited' in settings)).toBeCloseTo(0.15, 1)
  expect(share(cones, ({ inner }) => inner !== undefined)).toBeCloseTo(0.17, 1)
  expect(share(cones, ({ portMapping }) => portMapping.length > 0)).toBeCloseTo(0.35, 1)
  for (const [protocol, expected] of [
    ['upnp', 0.9 * 0.35],
    ['nat-pmp', 0.45 * 0.35],
    ['pcp', 0.2 * 0.35],
  ] as const) {
    expect(share(cones, ({ portMapping }) => portMapping.includes(protocol))).toBeCloseTo(expected, 1)
  }
  expect(draw('mobile').some(({ portMapping, inner }) => portMapping.length > 0 || inner !== undefined)).toBe(
    false,
  )
})

test('counters and blocks serve both protocols, addresses differ, lines shorten and reorder packets', () => {
  const peers = draw('mobile')
  const ofClass = (wanted: string) => peers.filter((peer) => peer.class === wanted)
  const ports = ({ settings }: Peer) => (settings as NatSettings).ports
  expect(share(ofClass('Q'), (peer) => ports(peer)?.protocols === 'together')).toBeCloseTo(0.5, 1)
  expect(share(ofClass('X'), (peer) => (ports(peer)?.blockSize ?? 0) > 0)).toBeCloseTo(0.7, 1)
  expect(new Set(ofClass('X').map((peer) => ports(peer)?.blockSize ?? 0)).size).toBe(5)
  expect(share(ofClass('P'), (peer) => ports(peer)?.splitAddresses === true)).toBeCloseTo(0.02, 1)
  expect(share(ofClass('P'), ({ settings }) => 'secondary' in settings)).toBeCloseTo(0.05, 1)
  expect(share(peers, ({ link }) => link?.mtu === 1280)).toBeCloseTo(0.06, 1)
  expect(share(peers, ({ link }) => link?.reorder === 0.1)).toBeCloseTo(0.03, 1)
})

test('the seed decides', () => {
  const few = (seed: number) => draw('mix', seed).slice(0, 50)
  expect(few(1)).toEqual(few(1))
  expect(few(1)).not.toEqual(few(2))
})
