import { expect, test } from '@jest/globals'
import { PeerPolicy } from './peer-policy.ts'

const policy = (allowPrivatePeers: boolean) =>
  new PeerPolicy({ allowPrivatePeers, ownIps: [], ownPorts: [3478], isRelayed: () => false })

test.each([
  '10.0.0.1',
  '127.0.0.1',
  '192.0.0.8',
  '::1',
  '::a00:1',
  '64:ff9b::a00:1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '2002:a00:1::',
  'fec0::1',
  'fd00::1',
])('%s is of a network around the server: refused unless private peers are allowed', (ip) => {
  expect([policy(false).mayPermit(ip), policy(true).mayPermit(ip)]).toEqual([false, true])
  expect(policy(false).mayReach({ ip, port: 80 })).toBe(false)
})

test.each(['8.8.8.8', '192.0.1.1', '2a00::1', '64:ff9c::1'])('%s is of the Internet', (ip) => {
  expect(policy(false).mayReach({ ip, port: 80 })).toBe(true)
})

test.each(['224.0.0.1', '255.255.255.255', '0.0.0.0', 'ff02::1', '::', '::ffff:8.8.8.8'])(
  '%s is never a peer',
  (ip) => {
    expect([policy(false).mayPermit(ip), policy(true).mayPermit(ip)]).toEqual([false, false])
  },
)
