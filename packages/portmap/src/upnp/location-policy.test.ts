import { expect, test } from '@jest/globals'
import { homeNic } from '../testing/index.ts'
import { locationToFetch } from './location-policy.ts'

const gua = {
  family: 'IPv6',
  ip: '2001:db8:1::5',
  prefixLength: 64,
  scope: 'global',
  temporary: false,
  deprecated: false,
} as const
const nic = homeNic(['192.168.1.1'], [gua])
const ipv4 = { ip: '192.168.1.1', nic, allowLoopback: false }
const ipv6 = { ip: 'fe80::1%eth0', nic, allowLoopback: false }
const from = (ip: string) => ({ ip, port: 1900 })

test.each([
  ['http://192.168.1.1:5000/x', '192.168.1.1', '192.168.1.1:5000/x'],
  ['HTTP://192.168.1.1/', '192.168.1.1', '192.168.1.1:80/'],
  // The gateway is asked, or nobody, whatever another host claims.
  ['http://127.0.0.1:22/', '192.168.1.1', '192.168.1.1:22/'],
  ['http://169.254.169.254/latest', '192.168.1.66', '192.168.1.1:80/latest'],
  ['http://192.168.1.66:80/', '192.168.1.66', '192.168.1.1:80/'],
  ['http://[::ffff:127.0.0.1]:80/', '192.168.1.1', '192.168.1.1:80/'],
  ['http://8.8.8.8/', '192.168.1.1', '192.168.1.1:80/'],
])('IPv4: %s from %s is fetched from %s', (location, sender, expected) => {
  const url = locationToFetch(location, from(sender), ipv4)
  expect(url && `${url.authority.ip}:${url.authority.port}${url.path}`).toBe(expected)
})

test.each([
  'https://192.168.1.1/',
  'file:///etc/passwd',
  'http://router.local/',
  'http://user:secret@192.168.1.1/',
  'http://192.168.1.1:0/',
  'http://192.168.1.1:99999/',
  'http://0x7f000001/',
  'http://2130706433/',
  'http://192.168.1.1/a b',
  'http://192.168.1.1/\r\nHost: x',
  'http://[2001:db8:1::1]/',
  'http://192.168.1.1@10.0.0.1/',
  `http://192.168.1.1/${'a'.repeat(3000)}`,
])('IPv4: %s is not fetched', (location) => {
  expect(locationToFetch(location, from('192.168.1.1'), ipv4)).toBeUndefined()
})

test.each([
  ['http://[fe80::1]:5000/x', 'fe80::1%eth0', 'fe80::1%eth0'],
  ['http://[2001:db8:1::1]:5000/x', '2001:db8:1::1', '2001:db8:1::1'],
  ['http://[2001:db8:1::1]:5000/x', 'fe80::1%eth0', 'fe80::1%eth0'],
  ['http://[2001:db8:2::1]:5000/x', '2001:db8:2::1', 'fe80::1%eth0'],
  ['http://[::1]:5000/x', '::1', 'fe80::1%eth0'],
])('IPv6: %s from %s is fetched from %s', (location, sender, expected) => {
  expect(locationToFetch(location, from(sender), ipv6)?.authority).toEqual({ ip: expected, port: 5000 })
})

test('IPv6: the LOCATION of the other family is left aside', () => {
  expect(locationToFetch('http://192.168.1.1:5000/x', from('fe80::1'), ipv6)).toBeUndefined()
})

test('a gateway on loopback is asked only when the policy says so', () => {
  const loopback = { ip: '127.0.0.1', nic, allowLoopback: false }
  expect(locationToFetch('http://127.0.0.1:5000/x', from('127.0.0.1'), loopback)).toBeUndefined()
  const allowed = { ...loopback, allowLoopback: true }
  expect(locationToFetch('http://127.0.0.1:5000/x', from('127.0.0.1'), allowed)?.authority.port).toBe(5000)
})
