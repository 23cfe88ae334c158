import type { NetworkInterfaceInfo } from 'node:os'
import { expect, test } from '@jest/globals'
import { sourceAddress } from './source-address.ts'

const info = (address: string, scopeid = 0) => {
  const family = address.includes(':') ? 'IPv6' : 'IPv4'
  return {
    address,
    netmask: '255.255.255.0',
    mac: '',
    internal: false,
    cidr: null,
    family,
    scopeid,
  } as NetworkInterfaceInfo
}
const nics = {
  eth0: [info('192.168.1.5'), info('192.168.1.6'), info('fe80::5', 2), info('2001:db8::5')],
  'eth0:1': [info('192.168.1.7')],
  'my vpn': [info('10.8.0.6')],
  lan9: [info('fe80::9', 9)],
}
const bind = (ip: string, interfaceName?: string) =>
  sourceAddress({ local: { ip, port: 7 }, ...(interfaceName !== undefined && { interfaceName }) }, nics).ip

test('without a NIC the address stays', () => {
  expect([bind('0.0.0.0'), bind('::'), bind('192.0.2.9')]).toEqual(['0.0.0.0', '::', '192.0.2.9'])
})

test('a NIC’s own address takes the place of "every address"; link-local comes last', () => {
  expect(bind('0.0.0.0', 'eth0')).toBe('192.168.1.5')
  expect(bind('::', 'eth0')).toBe('2001:db8::5')
  expect(bind('0.0.0.0', 'my vpn')).toBe('10.8.0.6')
  expect(bind('::', 'lan9')).toMatch(/^fe80::9%(lan9|9)$/)
})

test('each of a NIC’s addresses can be asked for; a link-local one gets its zone', () => {
  expect(bind('192.168.1.6', 'eth0')).toBe('192.168.1.6')
  expect(process.platform === 'linux' ? bind('192.168.1.7', 'eth0') : '192.168.1.7').toBe('192.168.1.7')
  expect(bind('fe80::5', 'eth0')).toMatch(/^fe80::5%(eth0|2)$/)
})

test('an unknown NIC, a foreign address and a missing family are named', () => {
  const error = (code: string, text: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(text) })
  expect(() => bind('0.0.0.0', 'eth7')).toThrow(error('NETIF_NOT_FOUND', 'eth7'))
  expect(() => bind('10.0.0.1', 'eth0')).toThrow(error('NETIF_ADDRESS_NOT_AVAILABLE', '10.0.0.1'))
  expect(() => bind('::', 'my vpn')).toThrow(error('NETIF_ADDRESS_NOT_AVAILABLE', 'my vpn has no IPv6'))
  expect(() => bind('eth0', 'eth0')).toThrow(error('NETIF_INVALID_ARGUMENT', 'eth0'))
})
