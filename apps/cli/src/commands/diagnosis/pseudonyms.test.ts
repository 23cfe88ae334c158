import { expect, test } from '@jest/globals'
import { Pseudonyms } from './pseudonyms.ts'

test('ids and addresses become words, the same one the same word', () => {
  const id = 'a'.repeat(55)
  const text = `${id}b at 203.0.113.5:4410 and 10.0.0.7, ${id}c at 203.0.113.5, ${id}b`
  expect(new Pseudonyms().replace(text)).toBe(
    'id-1 at public-ipv4-1:4410 and private-ipv4-1, id-2 at public-ipv4-1, id-1',
  )
})

test('IPv6, MAC and shared addresses keep their kind alone', () => {
  const text = '"2001:db8::1" [fd00::2]:80 fe80::fc:ff:fe00:1 ::1 02:fc:00:00:00:01 100.64.1.2 127.0.0.1'
  expect(new Pseudonyms().replace(text)).toBe(
    '"public-ipv6-1" [private-ipv6-1]:80 link-local-ipv6-1 loopback-ipv6-1 mac-1 shared-ipv4-1 loopback-ipv4-1',
  )
})

test('times and versions stay', () => {
  const text = '2026-11-27T12:17:48.591Z v20.20.2 6.18.44 12:17:48'
  expect(new Pseudonyms().replace(text)).toBe(text)
})
