import { expect, test } from '@jest/globals'
import { encodeBindingRequest } from '../client/binding.ts'
import { appendFingerprint, checkFingerprint } from './fingerprint.ts'
import { appendMessageIntegrity, checkMessageIntegrity } from './message-integrity.ts'
import { appendMessageIntegritySha256, checkMessageIntegritySha256 } from './message-integrity-sha256.ts'
import { hmacSha1, hmacSha256, longTermKey } from '../nodejs/credentials.ts'
import {
  LONG_TERM_CREDENTIALS,
  PASSWORD,
  SAMPLE_IPV4_RESPONSE,
  SAMPLE_IPV6_RESPONSE,
  SAMPLE_LONG_TERM_REQUEST,
  SAMPLE_REQUEST,
  SHA256_REQUEST,
} from '../testdata/rfc5769.ts'

const SHORT_TERM = { SAMPLE_REQUEST, SAMPLE_IPV4_RESPONSE, SAMPLE_IPV6_RESPONSE }
const key = new TextEncoder().encode('key')

for (const [name, message] of Object.entries(SHORT_TERM)) {
  test(`RFC 5769 ${name}: MESSAGE-INTEGRITY and FINGERPRINT are right`, () => {
    expect(checkMessageIntegrity(message, PASSWORD, hmacSha1)).toBe(true)
    expect(checkFingerprint(message)).toBe(true)
  })

  test(`RFC 5769 ${name}: neither is right after any one bit is changed`, () => {
    for (let i = 0; i < message.length; i++) {
      const changed = message.slice()
      changed[i] = (changed[i] ?? 0) ^ 0x01
      expect(accepts(changed)).toBe(false)
    }
  })
}

/** Whether both checks pass; a message too broken to look at passes neither. */
function accepts(message: Uint8Array): boolean {
  try {
    return checkMessageIntegrity(message, PASSWORD, hmacSha1) && checkFingerprint(message) === true
  } catch {
    return false // the change hit a length
  }
}

test('B6: RFC 5769 §2.4: long-term credentials', () => {
  expect(checkMessageIntegrity(SAMPLE_LONG_TERM_REQUEST, longTermKey(LONG_TERM_CREDENTIALS), hmacSha1)).toBe(
    true,
  )
})

test('RFC 8489 §B.1 with erratum 6268: MESSAGE-INTEGRITY-SHA256', () => {
  const sha256Key = longTermKey(LONG_TERM_CREDENTIALS, 'SHA-256')
  expect(checkMessageIntegritySha256(SHA256_REQUEST, sha256Key, hmacSha256)).toBe(true)
  expect(checkMessageIntegritySha256(SHA256_REQUEST, longTermKey(LONG_TERM_CREDENTIALS), hmacSha256)).toBe(
    false,
  )
})

test('what is appended is found right, in all orders the RFC allows', () => {
  const message = encodeBindingRequest(new Uint8Array(12).fill(7))
  const both = appendMessageIntegritySha256(appendMessageIntegrity(message, key, hmacSha1), key, hmacSha256)
  const signed = appendFingerprint(both)
  expect(checkMessageIntegrity(signed, key, hmacSha1)).toBe(true)
  expect(checkMessageIntegritySha256(signed, key, hmacSha256)).toBe(true)
  expect(checkFingerprint(signed)).toBe(true)
})

test('a truncated SHA-256 is taken down to 16 bytes, no further', () => {
  const full = appendMessageIntegritySha256(encodeBindingRequest(new Uint8Array(12)), key, hmacSha256)
  const truncate = (bytes: number) => {
    const message = full.slice(0, 24 + bytes)
    const view = new DataView(message.buffer)
    view.setUint16(2, message.length - 20)
    view.setUint16(22, bytes)
    // The length is covered by the hash: it has to be computed anew.
    message.set(hmacSha256(key, message.subarray(0, 20)).subarray(0, bytes), 24)
    return message
  }
  expect(checkMessageIntegritySha256(truncate(16), key, hmacSha256)).toBe(true)
  expect(checkMessageIntegritySha256(truncate(12), key, hmacSha256)).toBe(false)
})

test('checking leaves the message as it was, a Buffer too', () => {
  const message = Buffer.from(SAMPLE_REQUEST)
  checkMessageIntegrity(message, PASSWORD, hmacSha1)
  expect(Uint8Array.from(message)).toEqual(SAMPLE_REQUEST)
})

test('a message without them passes neither check', () => {
  const message = encodeBindingRequest(new Uint8Array(12))
  expect(checkMessageIntegrity(message, key, hmacSha1)).toBe(false)
  expect(checkFingerprint(message)).toBeUndefined()
})

test('FINGERPRINT counts only as the last attribute', () => {
  const inner = appendFingerprint(encodeBindingRequest(new Uint8Array(12)))
  expect(checkFingerprint(appendMessageIntegrity(inner, key, hmacSha1))).toBe(false)
})
