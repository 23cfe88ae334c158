import { expect, test } from '@jest/globals'
import { StunError } from '../stun-error.ts'
import { TcpTransaction } from './tcp-transaction.ts'
import { Transaction } from './transaction.ts'
import { SAMPLE_IPV4_RESPONSE } from '../testdata/rfc5769.ts'

const server = { ip: '192.0.2.1', port: 3478 }
const request = new Uint8Array(20)

/** Wakes the transaction when it asks to be until it fails. */
function runUnanswered(transaction: Transaction<undefined> | TcpTransaction<undefined>) {
  const sentAt: number[] = []
  let now = 0
  for (;;) {
    const at = now
    for (const output of transaction.wake(at)) {
      if (output.type === 'send') sentAt.push(at)
      if (output.type === 'wake') now = output.at
      if (output.type === 'fail') return { sentAt, failedAt: at, error: output.error }
    }
  }
}

test('B6: retransmits on the RFC 8489 §6.2.1 schedule, then fails', () => {
  const { sentAt, failedAt, error } = runUnanswered(new Transaction(request, server, () => undefined))
  expect(sentAt).toEqual([0, 500, 1500, 3500, 7500, 15500, 31500])
  expect(failedAt).toBe(39500)
  expect(error).toMatchObject({ code: 'STUN_TIMEOUT', message: 'no response from 192.0.2.1:3478' })
})

test('a shorter time-out cuts the schedule off', () => {
  const { sentAt, failedAt } = runUnanswered(
    new Transaction(request, server, () => undefined, { timeoutMs: 2000 }),
  )
  expect(sentAt).toEqual([0, 500, 1500])
  expect(failedAt).toBe(2000)
})

test('another schedule', () => {
  const schedule = { rtoMs: 80, requestCount: 3, backoff: 1, lastWaitMs: 150 }
  const transaction = new Transaction(request, server, () => undefined, { schedule })
  expect(runUnanswered(transaction)).toMatchObject({ sentAt: [0, 80, 160], failedAt: 310 })
})

test('tells the round trip of a request that was sent once, and none of a repeated one', () => {
  const transaction = new Transaction(request, server, (_packet, _from, arrival) => arrival)
  transaction.wake(100)
  expect(transaction.receive(request, server, 140)).toEqual([
    { type: 'done', result: { now: 140, rttMs: 40 } },
  ])
  transaction.wake(600)
  expect(transaction.receive(request, server, 610)).toEqual([
    { type: 'done', result: { now: 610, rttMs: undefined } },
  ])
})

test('over TCP a request is sent once and waited for 39.5 s', () => {
  const { sentAt, failedAt } = runUnanswered(new TcpTransaction(request, server, () => undefined))
  expect(sentAt).toEqual([0])
  expect(failedAt).toBe(39500)
})

test('what is accepted ends it, what is not changes nothing', () => {
  const transaction = new Transaction(request, server, (packet) => packet[0])
  transaction.wake(0)
  expect(transaction.receive(new Uint8Array(), server, 1)).toEqual([])
  expect(transaction.receive(Uint8Array.of(7), server, 1)).toEqual([{ type: 'done', result: 7 }])
})

test('what accept throws ends it', () => {
  const error = new StunError('STUN_ERROR_RESPONSE', 'no')
  const transaction = new Transaction(request, server, () => {
    throw error
  })
  expect(transaction.receive(new Uint8Array(), server, 1)).toEqual([{ type: 'fail', error }])
})

test('over TCP the response may come in any pieces', () => {
  const transaction = new TcpTransaction(request, server, (packet) => packet.length)
  const outputs = Array.from(SAMPLE_IPV4_RESPONSE, (byte) =>
    transaction.receive(Uint8Array.of(byte), server, 1),
  )
  expect(outputs.flat()).toEqual([{ type: 'done', result: SAMPLE_IPV4_RESPONSE.length }])
})

test('over TCP bytes that are not STUN end it', () => {
  const transaction = new TcpTransaction(request, server, () => undefined)
  const [output] = transaction.receive(new TextEncoder().encode('HTTP/1.1 400 Bad Request'), server, 1)
  expect(output).toMatchObject({ type: 'fail', error: { code: 'STUN_MALFORMED' } })
})
