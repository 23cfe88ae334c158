import { expect, test } from '@jest/globals'
import { prioritized } from '../candidates/candidate.ts'
import { Exchange, type OfferAnswerer } from './exchange.ts'
import { encodeMessage } from './message.ts'
import { ManualClock } from '@p2pd/netif/testing'
import { MemorySignal } from '../testdata/memory-signal.ts'

const alice = new Uint8Array(32).fill(1)
const bob = new Uint8Array(32).fill(2)
const mallory = new Uint8Array(32).fill(3)
const connectionId = new Uint8Array(16).fill(9)
const candidates = prioritized([{ kind: 'host', ip: '192.0.2.2', port: 4000 }])
const offer = { connectionId, candidates: [], strategies: [] }
const never = new AbortController().signal

function exchangeOf(
  publicKey: Uint8Array,
  answer: OfferAnswerer['answer'] = () => Promise.resolve({ candidates, sides: [] }),
) {
  const clock = new ManualClock()
  const signal = new MemorySignal(publicKey)
  const refused: string[] = []
  const exchange = new Exchange({
    signal,
    clock,
    wallClock: () => clock.now(),
    answerer: { answer },
    log: (event) => refused.push(event),
  })
  return { clock, signal, exchange, refused }
}

test('an offer is answered with the candidates of the peer', async () => {
  const caller = exchangeOf(alice)
  exchangeOf(bob)
  expect(await caller.exchange.offer(bob, offer, never)).toMatchObject({ candidates, sides: [] })
  expect(caller.clock.pending).toBe(0)
})

test('an offer is repeated every 2 s, and given up after 10 s with the next thing to try', async () => {
  const { clock, signal, exchange } = exchangeOf(alice)
  const absent = new Uint8Array(32).fill(99)
  const answered = exchange.offer(absent, offer, never).catch((error: unknown) => error)
  await clock.advance(9999)
  expect(signal.sent).toHaveLength(5)
  await clock.advance(1)
  expect(await answered).toMatchObject({
    code: 'NODE_NO_ANSWER',
    message: expect.stringContaining('no answer within 10 s'),
  })
  expect(clock.pending).toBe(0)
})

test('an answer from anyone but the peer, or for another connection, is ignored', async () => {
  const { clock, exchange } = exchangeOf(alice)
  const answered = exchange.offer(bob.slice().fill(50), offer, never).catch((error: unknown) => error)
  const answer = (id: Uint8Array) =>
    encodeMessage({ type: 'answer', connectionId: id, candidates, strategies: [], times: [0, 0] })
  await new MemorySignal(mallory).send(alice, answer(connectionId))
  await new MemorySignal(bob.slice().fill(50)).send(alice, answer(new Uint8Array(16)))
  await clock.advance(10_000)
  expect(await answered).toMatchObject({ code: 'NODE_NO_ANSWER' })
})

test('a message that is none is logged, and the exchange goes on', async () => {
  const { refused } = exchangeOf(bob)
  const { exchange, signal } = exchangeOf(alice)
  await signal.send(bob, new Uint8Array(100))
  expect(refused).toEqual(['signal-refused'])
  expect(await exchange.offer(bob, offer, never)).toMatchObject({ candidates })
})

test('an abort ends the wait at once', async () => {
  const { clock, exchange } = exchangeOf(alice)
  const controller = new AbortController()
  const answered = exchange.offer(new Uint8Array(32).fill(99), offer, controller.signal)
  controller.abort(new Error('the call is over'))
  await expect(answered).rejects.toThrow('the call is over')
  expect(clock.pending).toBe(0)
})

test('a broker that takes nothing ends the wait with its fault', async () => {
  const { signal, exchange } = exchangeOf(alice)
  signal.send = () => Promise.reject(new Error('mqtt://127.0.0.1:1: connection refused'))
  await expect(exchange.offer(bob, offer, never)).rejects.toMatchObject({
    code: 'NODE_NO_BROKER',
    message: expect.stringContaining('mqtt://127.0.0.1:1: connection refused'),
  })
})

test('an offer of the peer that loses glare has the own one sent again: the peer may have missed it', async () => {
  const { clock, signal, exchange } = exchangeOf(alice, () => undefined)
  const [absent, over] = [new Uint8Array(32).fill(99), new AbortController()]
  const peer = new MemorySignal(absent.slice())
  const offered = exchange.offer(absent, offer, over.signal).catch(() => {})
  const counts: number[] = []
  let call = 0
  const receiveOffer = async () => {
    const own = { ...offer, connectionId: connectionId.with(0, ++call) }
    await peer.send(alice, encodeMessage({ type: 'offer', times: [0], ...own }))
    counts.push(signal.sent.length)
  }
  // The two offers cross; later the own one may be lost.
  await receiveOffer()
  await clock.advance(199)
  await receiveOffer()
  await clock.advance(1)
  await receiveOffer()
  await receiveOffer()
  await clock.advance(1999)
  counts.push(signal.sent.length)
  await clock.advance(1)
  counts.push(signal.sent.length)
  expect(counts).toEqual([1, 1, 2, 2, 2, 3])
  over.abort(new Error('the call is over'))
  await offered
  expect(clock.pending).toBe(0)
})
