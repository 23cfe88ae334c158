import { expect, test } from '@jest/globals'
import { formatStunUri, parseStunUri } from './stun-uri.ts'

test('parses with the defaults of RFC 7064 §3.2', () => {
  expect(parseStunUri('stun:example.org')).toEqual({
    scheme: 'stun',
    host: 'example.org',
    port: 3478,
    transport: 'udp',
  })
  expect(parseStunUri('stuns:example.org')).toEqual({
    scheme: 'stuns',
    host: 'example.org',
    port: 5349,
    transport: 'tcp',
  })
  expect(parseStunUri('STUN:192.0.2.1:99?transport=TCP')).toEqual({
    scheme: 'stun',
    host: '192.0.2.1',
    port: 99,
    transport: 'tcp',
  })
  expect(parseStunUri('stun:[2001:db8::1]:99')).toMatchObject({ host: '2001:db8::1', port: 99 })
  expect(parseStunUri('stun:[fe80::1%25eth0]')).toMatchObject({ host: 'fe80::1%eth0' })
})

test('parses what it formats', () => {
  for (const uri of [
    'stun:192.0.2.1:3478',
    'stun:192.0.2.1:3478?transport=tcp',
    'stun:[2001:db8::1]:3478',
    'stun:[fe80::1%25eth0]:3478',
    'stuns:example.org:5349',
  ]) {
    expect(formatStunUri(parseStunUri(uri))).toBe(uri)
  }
})

test.each([
  ['', 'not of the form'],
  ['stun://example.org', 'not of the form'],
  ['turn:example.org', 'not of the form'],
  ['stun:', 'not of the form'],
  ['stun:example.org:', 'not of the form'],
  ['stun:example.org:port', 'not of the form'],
  ['stun:example.org:0', 'port 0 is not 1 to 65535'],
  ['stun:example.org:65536', 'port 65536 is not 1 to 65535'],
  ['stun:example.org?transport=sctp', 'transport sctp is not udp or tcp'],
  ['stuns:example.org?transport=udp', 'DTLS'],
  ['stun:2001:db8::1', 'not of the form'],
  ['stun:[2001:db8::1', 'not of the form'],
  ['stun:[192.0.2.1]', 'only IPv6'],
  ['stun:[2001:db8::g]', 'not an IP address'],
  ['stun:192.0.2.256', 'not an IP address'],
  ['stun:1', 'not an IP address'],
  [`stun:${'x'.repeat(300)}`, 'not of the form'],
])('names the bad entry %j', (uri, reason) => {
  const parse = () => parseStunUri(uri)
  expect(parse).toThrow(reason)
  expect(parse).toThrow(expect.objectContaining({ code: 'STUN_INVALID_URI' }))
  expect(parse).toThrow(`"${uri.slice(0, 20)}`)
})
