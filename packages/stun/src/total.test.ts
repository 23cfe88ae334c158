import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeBindingResponse, encodeBindingRequest } from './client/binding.ts'
import { decodeChangeRequest } from './attributes/change-request.ts'
import { decodeConnectBackOutcome } from './client/connect-back.ts'
import { decodeErrorCode } from './attributes/error-code.ts'
import { appendFingerprint, checkFingerprint } from './attributes/fingerprint.ts'
import { decodeMappedAddress } from './attributes/mapped-address.ts'
import { checkMessageIntegrity } from './attributes/message-integrity.ts'
import { decodeMessage } from './message.ts'
import { decodeResponsePort } from './attributes/response-port.ts'
import { StunError } from './stun-error.ts'
import { parseStunUri } from './stun-uri.ts'
import { MessageFramer } from './tcp-framing.ts'
import { SAMPLE_IPV4_RESPONSE, SAMPLE_IPV6_RESPONSE, SAMPLE_REQUEST } from './testdata/rfc5769.ts'
import { decodeText } from './attributes/text.ts'
import { decodeUnknownAttributes } from './attributes/unknown-attributes.ts'
import { decodeXorMappedAddress } from './attributes/xor-mapped-address.ts'

const id = SAMPLE_REQUEST.subarray(8, 20)
const source = { ip: '192.0.2.1', port: 3478 }

// Most of the time would go into stack traces that nobody reads.
const { stackTraceLimit } = Error
beforeAll(() => {
  Error.stackTraceLimit = 0
})
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit
})

/** Everything that reads bytes from strangers. */
const READERS: readonly ((bytes: Uint8Array) => unknown)[] = [
  decodeMessage,
  checkFingerprint,
  (bytes) => checkMessageIntegrity(bytes, id, () => new Uint8Array(20)),
  (bytes) => decodeBindingResponse(bytes, id, source),
  (bytes) => new MessageFramer().decode(bytes),
  decodeMappedAddress,
  (bytes) => decodeXorMappedAddress(bytes, id),
  decodeErrorCode,
  decodeUnknownAttributes,
  decodeChangeRequest,
  decodeConnectBackOutcome,
  decodeResponsePort,
  decodeText,
  (bytes) => parseStunUri(Buffer.from(bytes).toString('latin1')),
]

/** How many readers gave a value. An error that is not a StunError fails the test. */
function readAll(bytes: Uint8Array): number {
  const errors = READERS.flatMap((read) => {
    try {
      read(bytes)
      return []
    } catch (error) {
      return [error]
    }
  })
  const surprise = errors.find((error) => !(error instanceof StunError))
  if (surprise !== undefined) throw surprise
  return READERS.length - errors.length
}

test('10,000 random inputs raise nothing but StunError', () => {
  let values = 0
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      values += readAll(bytes)
    }),
    { numRuns: 10_000 },
  )
  expect(values).toBeGreaterThanOrEqual(10_000) // any bytes are text
})

const samples = [
  SAMPLE_REQUEST,
  SAMPLE_IPV4_RESPONSE,
  SAMPLE_IPV6_RESPONSE,
  appendFingerprint(
    encodeBindingRequest(id, { changeRequest: { changeIp: true, changePort: true }, responsePort: 9 }),
  ),
]

test('every truncation of real messages raises nothing but StunError', () => {
  let values = 0
  for (const sample of samples) {
    for (let length = 0; length < sample.length; length++) {
      values += readAll(sample.subarray(0, length))
    }
  }
  expect(values).toBeGreaterThan(0)
})

/** The generator of Numerical Recipes: as good as any for bytes to be changed, and quick. */
function generator(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

test('100,000 mutated messages raise nothing but StunError, and not all are refused', () => {
  const draw = generator(1)
  let decoded = 0
  for (let i = 0; i < 100_000; i++) {
    const bytes = (samples[draw(samples.length)] as Uint8Array).slice()
    for (let changes = draw(4); changes >= 0; changes--) bytes[draw(bytes.length)] = draw(256)
    decoded += readAll(bytes)
  }
  expect(decoded).toBeGreaterThan(100_000)
})

test('a message as long as a datagram can be is read in bounded time', () => {
  // 16,379 empty attributes: the most that 65,535 bytes can hold.
  const bytes = new Uint8Array(20 + 65_516)
  bytes.set(SAMPLE_REQUEST.subarray(0, 20))
  new DataView(bytes.buffer).setUint16(2, 65_516)
  expect(decodeMessage(bytes).attributes).toHaveLength(65_516 / 4)
})
