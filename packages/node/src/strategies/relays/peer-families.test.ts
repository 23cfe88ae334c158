import { expect, test } from '@jest/globals'
import { prioritized } from '../../candidates/candidate.ts'
import { PeerKnowledge } from '../peer-knowledge.ts'
import { peerFamilies } from './peer-families.ts'

const LAN = '192.168.1.2'
const GLOBAL = '2001:4860::1'

test.each([
  ['an IPv4 host behind a NAT', [LAN], 'IPv4'],
  [
    'an IPv4 host whose NIC has a link-local and a unique local IPv6 address',
    [LAN, 'fe80::1', 'fd00::1'],
    'IPv4',
  ],
  ['an IPv6 host', [GLOBAL], 'IPv6'],
  ['a host with both', [LAN, GLOBAL], 'both'],
  ['a host that announces nothing', [], 'both'],
])('%s: %p asks for %s', (_, ips, families) => {
  const candidates = prioritized(ips.map((ip) => ({ kind: 'host', ip, port: 4000 })))
  const peer = new PeerKnowledge(prioritized([{ kind: 'host', ip: LAN, port: 4000 }]))
  expect(peerFamilies(peer)).toBe('both')
  peer.learnRecord({ candidates, sides: [] })
  expect(peerFamilies(peer)).toBe(families)
})
