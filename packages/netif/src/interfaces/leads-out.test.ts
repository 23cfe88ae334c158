import { expect, test } from '@jest/globals'
import { testAddress, testNic } from '../testdata/nics.ts'
import { leadsOut, sourceOnNic } from './leads-out.ts'
import { publishedInterfaces } from './publishable.ts'

const gateway = { family: 'IPv4', ip: '192.168.1.1', metric: 0 } as const
/** A public address that nobody routes, beside the real one. */
const unrouted = { ...testAddress('198.51.100.7'), prefixLength: 32 }
const both = [unrouted, testAddress('192.168.1.5')]

test('I1: fault 10: the kernel’s own choice of source comes before an address that reaches further', () => {
  const nic = { ...testNic('eth0', []), addresses: both }
  expect(sourceOnNic(nic, 'IPv4')?.ip).toBe('198.51.100.7')
  expect(sourceOnNic({ ...nic, source: { IPv4: '192.168.1.5' } }, 'IPv4')?.ip).toBe('192.168.1.5')
  expect(sourceOnNic({ ...nic, source: { IPv4: '10.9.9.9' } }, 'IPv4')?.ip).toBe('198.51.100.7')
})

test('I1: fault 10: without it, an address on the router’s network does', () => {
  const nic = { ...testNic('eth0', [], { gateways: [gateway] }), addresses: both }
  expect(sourceOnNic(nic, 'IPv4')?.ip).toBe('192.168.1.5')
  expect(sourceOnNic(nic, 'IPv6')).toBeUndefined()
})

test('I1: fault 9: a default route without a router leads out as well', () => {
  const nic = testNic('ppp0', ['203.0.113.7'])
  expect(leadsOut(nic, 'IPv4')).toBe(false)
  expect(leadsOut({ ...nic, default: { IPv4: true, IPv6: false } }, 'IPv4')).toBe(true)
  expect(leadsOut({ ...nic, defaultRoute: { IPv4: true } }, 'IPv4')).toBe(true)
  expect(leadsOut({ ...nic, defaultRoute: { IPv4: true } }, 'IPv6')).toBe(false)
})

test('I1: fault 8: inner NICs are published where there are no others, or where a server was reached through them', () => {
  const veth = testNic('eth0', ['10.1.0.5'], { type: 'virtual' })
  const bridge = testNic('br0', ['10.2.0.5'], { type: 'bridge' })
  const wired = testNic('eth1', ['192.168.1.5'])
  const names = (...given: Parameters<typeof publishedInterfaces>) =>
    publishedInterfaces(...given).map(({ name }) => name)
  const loopback = testNic('lo', ['127.0.0.1'], { type: 'loopback' })
  expect(names([loopback, veth, bridge])).toEqual(['eth0', 'br0'])
  expect(names([loopback, veth, bridge, wired])).toEqual(['eth1'])
  expect(names([veth, bridge, wired], new Set(['10.2.0.5']))).toEqual(['br0', 'eth1'])
  expect(names([loopback, { ...veth, up: false }])).toEqual([])
})
