import { expect, test } from '@jest/globals'
import type { TransportAddress } from '@p2pd/netif'
import {
  type Attribute,
  AttributeType,
  appendFingerprint,
  type BindingRequest,
  checkFingerprint,
  ConnectBackOutcome,
  decodeBindingResponse,
  decodeErrorCode,
  decodeMappedAddress,
  decodeMessage,
  decodeUnknownAttributes,
  encodeBindingRequest,
  encodeMessage,
  findAttribute,
  MessageClass,
  Method,
} from '@p2pd/stun'
import fc from 'fast-check'
import { type Answer, type Arrival, answer } from './stun-answer.ts'

const id = Uint8Array.from({ length: 12 }, (_, i) => i)
const legacyId = Uint8Array.from({ length: 16 }, (_, i) => i + 1)
const source = { ip: '198.51.100.7', port: 40_000 }
const primary = { ip: '192.0.2.1', port: 3478 }
const alternate = { ip: '192.0.2.2', port: 3479 }
const pair: Arrival = { transport: 'udp', source, local: primary, other: alternate }
const single: Arrival = { ...pair, other: undefined }
const tcp: Arrival = { ...pair, transport: 'tcp' }

const ask = (request: BindingRequest, arrival: Arrival) => answer(encodeBindingRequest(id, request), arrival)
const replyTo = (todo: Answer | undefined) => {
  if (todo?.type !== 'reply') throw new Error(`no reply but ${todo?.type}`)
  return todo
}
const read = (todo: Answer | undefined) => decodeBindingResponse(replyTo(todo).data, id, primary)

function request(attributes: Attribute[], transactionId = id): Uint8Array {
  return encodeMessage({ class: MessageClass.Request, method: Method.Binding, transactionId, attributes })
}

/** ERROR-CODE and UNKNOWN-ATTRIBUTES of an error response. */
function refusal(todo: Answer | undefined): { code: number; reason: string; unknown: number[] } {
  const message = decodeMessage(replyTo(todo).data)
  const value = (type: number) => findAttribute(message, type) ?? new Uint8Array()
  const unknown = decodeUnknownAttributes(value(AttributeType.UnknownAttributes))
  return { ...decodeErrorCode(value(AttributeType.ErrorCode)), unknown }
}

test('a response has the mapping, its origin and the other address', () => {
  const expected = { mapped: source, source: primary, responseOrigin: primary, otherAddress: alternate }
  expect(read(ask({}, pair))).toEqual(expected)
  expect(read(ask({}, tcp))).toEqual(expected)
})

test('a server with one address gives no other address; one on a wildcard gives no origin', () => {
  expect(read(ask({}, single))).toEqual({ mapped: source, source: primary, responseOrigin: primary })
  const wildcard = { ...single, local: { ip: '0.0.0.0', port: 3478 } }
  expect(read(ask({}, wildcard))).toEqual({ mapped: source, source: primary })
})

/** Each of the four addresses, and the address with neither the ip nor the port of it. */
const MIXTURES: readonly [TransportAddress, TransportAddress][] = [
  [primary, alternate],
  [alternate, primary],
  [
    { ip: primary.ip, port: alternate.port },
    { ip: alternate.ip, port: primary.port },
  ],
  [
    { ip: alternate.ip, port: primary.port },
    { ip: primary.ip, port: alternate.port },
  ],
]

test.each(MIXTURES)('CHANGE-REQUEST changes what it names, at %j', (local, other) => {
  const from = (changeIp: boolean, changePort: boolean) =>
    replyTo(ask({ changeRequest: { changeIp, changePort } }, { ...pair, local, other })).from
  expect(from(false, false)).toEqual(local)
  expect(from(true, false)).toEqual({ ip: other.ip, port: local.port })
  expect(from(false, true)).toEqual({ ip: local.ip, port: other.port })
  expect(from(true, true)).toEqual(other)
})

test('CHANGE-REQUEST is refused where it cannot be done', () => {
  const changeRequest = { changeIp: false, changePort: true }
  for (const arrival of [single, tcp]) {
    expect(refusal(ask({ changeRequest }, arrival))).toMatchObject({
      code: 420,
      unknown: [AttributeType.ChangeRequest],
    })
  }
  const nothing = { changeIp: false, changePort: false }
  expect(read(ask({ changeRequest: nothing }, single))?.mapped).toEqual(source)
})

test('RESPONSE-PORT is answered on that port of the same host, but not together with PADDING', () => {
  expect(replyTo(ask({ responsePort: 9000 }, pair)).to).toEqual({ ip: source.ip, port: 9000 })
  expect(refusal(ask({ responsePort: 9000, paddingBytes: 8 }, pair)).code).toBe(400)
  expect(refusal(ask({ responsePort: 9000 }, tcp)).unknown).toEqual([AttributeType.ResponsePort])
})

test('PADDING comes back as long as it was', () => {
  const message = decodeMessage(replyTo(ask({ paddingBytes: 1500 }, pair)).data)
  expect(findAttribute(message, AttributeType.Padding)).toHaveLength(1500)
})

test('an unknown attribute that must be understood is refused and named, once', () => {
  const unknown = { type: 0x7abc, value: new Uint8Array(4) }
  const optional = { type: 0xfabc, value: new Uint8Array(4) }
  expect(refusal(answer(request([unknown, unknown, optional]), pair))).toEqual({
    code: 420,
    reason: 'Unknown Attribute',
    unknown: [0x7abc],
  })
  expect(read(answer(request([optional]), pair))?.mapped).toEqual(source)
})

test('RESPONSE-ADDRESS of RFC 3489 is refused: it would aim the server at other hosts', () => {
  const attribute = { type: AttributeType.ResponseAddress, value: new Uint8Array(8) }
  expect(refusal(answer(request([attribute]), pair)).code).toBe(420)
})

test('a request without magic cookie is answered by RFC 3489', () => {
  const todo = replyTo(answer(request([], legacyId), pair))
  const message = decodeMessage(todo.data)
  expect(message.transactionId).toEqual(legacyId)
  const address = (type: number) => decodeMappedAddress(findAttribute(message, type) ?? new Uint8Array())
  expect(address(AttributeType.MappedAddress)).toEqual(source)
  expect(address(AttributeType.SourceAddress)).toEqual(primary)
  expect(address(AttributeType.ChangedAddress)).toEqual(alternate)
  expect(findAttribute(message, AttributeType.XorMappedAddress)).toBeUndefined()
})

test('a refusal of RFC 3489 needs no padding', () => {
  const todo = answer(request([{ type: 0x7abc, value: new Uint8Array() }], legacyId), pair)
  const { attributes } = decodeMessage(replyTo(todo).data)
  expect(attributes.map(({ value }) => value.length % 4)).toEqual([0, 0, 0])
  expect(refusal(todo).unknown).toEqual([0x7abc, 0x7abc])
})

test('a request with FINGERPRINT gets one; a wrong FINGERPRINT gets no answer', () => {
  const signed = appendFingerprint(encodeBindingRequest(id))
  expect(checkFingerprint(replyTo(answer(signed, pair)).data)).toBe(true)
  expect(checkFingerprint(replyTo(ask({}, pair)).data)).toBeUndefined()
  signed[signed.length - 1] = (signed[signed.length - 1] ?? 0) ^ 1
  expect(answer(signed, pair)).toBeUndefined()
})

test('bytes that are not a request get no answer', () => {
  const message = { method: Method.Binding, transactionId: id, attributes: [] }
  for (const messageClass of [
    MessageClass.Indication,
    MessageClass.SuccessResponse,
    MessageClass.ErrorResponse,
  ]) {
    expect(answer(encodeMessage({ ...message, class: messageClass }), pair)).toBeUndefined()
  }
  expect(answer(new Uint8Array(20), pair)).toBeUndefined()
  expect(answer(new TextEncoder().encode('GET / HTTP/1.1'), pair)).toBeUndefined()
})

test('another method, and a value that is malformed, are bad requests', () => {
  const allocate = { class: MessageClass.Request, method: Method.Allocate, transactionId: id, attributes: [] }
  expect(refusal(answer(encodeMessage(allocate), pair)).code).toBe(400)
  const short = request([{ type: AttributeType.ChangeRequest, value: new Uint8Array(3) }])
  expect(refusal(answer(short, pair)).code).toBe(400)
})

test('CONNECT-BACK is done over TCP, from the address asked for', () => {
  const fromIp = (changeIp: boolean, arrival: Arrival) => {
    const todo = ask({ connectBack: { changeIp } }, arrival)
    return todo?.type === 'connect-back' ? (todo.fromIp ?? 'none') : todo?.type
  }
  expect(fromIp(false, tcp)).toBe(primary.ip)
  expect(fromIp(true, tcp)).toBe(alternate.ip)
  expect(fromIp(true, { ...tcp, other: undefined })).toBe('none')
  expect(fromIp(true, pair)).toBe('reply')
})

test('CONNECT-BACK greets with the response and reports the outcome', () => {
  const todo = ask({ connectBack: { changeIp: false } }, tcp)
  if (todo?.type !== 'connect-back') throw new Error('not tried')
  expect(decodeBindingResponse(todo.greeting, id, primary)).toMatchObject({ mapped: source })
  const report = decodeBindingResponse(todo.report(ConnectBackOutcome.Refused), id, primary)
  expect(report).toMatchObject({ mapped: source, connectBack: ConnectBackOutcome.Refused })
})

test('a response to any bytes is at most 140 bytes longer than they are', () => {
  const valid = encodeBindingRequest(id, {
    changeRequest: { changeIp: true, changePort: true },
    responsePort: 7,
  })
  const mutated = fc
    .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 3 })
    .map((changes) => {
      const bytes = valid.slice()
      for (const [at, byte] of changes) bytes[at] = byte
      return bytes
    })
  const arrival = fc.constantFrom(pair, single, tcp)
  let answered = 0
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), mutated), arrival, (bytes, how) => {
      const todo = answer(bytes, how)
      if (todo?.type !== 'reply') return true
      answered++
      return todo.data.length <= bytes.length + 140 && todo.to.ip === source.ip
    }),
    { numRuns: 10_000 },
  )
  expect(answered).toBeGreaterThan(1000)
})
