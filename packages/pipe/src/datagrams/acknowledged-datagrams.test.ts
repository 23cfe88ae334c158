import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { AcknowledgedDatagrams, type AcknowledgedOutput } from './acknowledged-datagrams.ts'
import { decodeFrame, encodeFrame } from './acknowledged-frame.ts'
import { PipeError } from '../pipe-error.ts'

const GIVE_UP_MS = 30_000
const payload = (value: number) => Uint8Array.of(value >> 8, value)
const number = (data: Uint8Array) => ((data[0] ?? 0) << 8) | (data[1] ?? 0)

/** Same numbers for the same seed (xorshift, Marsaglia 2003). */
function dice(seed: number): () => number {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Two machines and a network between them that loses, repeats and delays. */
function simulate(seed: number, { count, loss }: { count: number; loss: number }) {
  const random = dice(seed)
  const ends = [new AcknowledgedDatagrams(1n, GIVE_UP_MS), new AcknowledgedDatagrams(2n, GIVE_UP_MS)] as const
  const events: { at: number; run: () => void }[] = []
  const delivered: number[] = []
  const outcome = { acknowledged: 0, gaveUp: 0, packets: 0 }
  let now = 0
  let wakeAt = Number.POSITIVE_INFINITY

  const perform = (end: 0 | 1, outputs: readonly AcknowledgedOutput[]) => {
    for (const output of outputs) {
      if (output.type === 'send') transmit(end, output.data)
      if (output.type === 'wake') wakeAt = output.at
      if (output.type === 'deliver') delivered.push(number(output.data))
      if (output.type === 'acknowledged') outcome.acknowledged++
      if (output.type === 'gave-up') outcome.gaveUp++
    }
  }
  const transmit = (end: 0 | 1, data: Uint8Array) => {
    outcome.packets++
    const other = end === 0 ? 1 : 0
    for (let copies = random() < 0.1 ? 2 : 1; copies > 0; copies--) {
      if (random() < loss) continue
      const at = now + 20 + random() * 80
      events.push({ at, run: () => perform(other, ends[other].receive(data, now)) })
    }
  }
  for (let sent = 0; sent < count || outcome.acknowledged + outcome.gaveUp < count; ) {
    while (sent < count && ends[0].hasRoom) perform(0, ends[0].send(payload(sent++), now).outputs)
    const next = events.reduce((a, b) => (b.at < a.at ? b : a), { at: wakeAt, run: () => {} })
    now = next.at
    if (events.includes(next)) {
      events.splice(events.indexOf(next), 1)
      next.run()
    } else {
      wakeAt = Number.POSITIVE_INFINITY
      perform(0, ends[0].wake(now))
    }
  }
  return { delivered, outcome, now }
}

test('C15: at 30 % loss each way every datagram arrives exactly once', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { delivered, outcome } = simulate(seed, { count: 500, loss: 0.3 })
    expect([...delivered].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i))
    expect([outcome.acknowledged, outcome.gaveUp]).toEqual([500, 0])
  }
})

test('C15: a peer that is not there is given up after 30 s, and nothing is left to do', () => {
  const { outcome, now } = simulate(1, { count: 10, loss: 1 })
  expect([outcome.gaveUp, now]).toEqual([10, GIVE_UP_MS])
})

test('C15: retransmits after 500 ms, then every second', () => {
  const machine = new AcknowledgedDatagrams(1n, 5000)
  const sentAt = [0]
  let outputs = machine.send(payload(1), 0).outputs
  for (let now = 0; ; ) {
    const wake = outputs.find(({ type }) => type === 'wake')
    if (wake?.type !== 'wake') break
    now = wake.at
    outputs = machine.wake(now)
    if (outputs.some(({ type }) => type === 'send')) sentAt.push(now)
  }
  expect(sentAt).toEqual([0, 500, 1500, 2500, 3500, 4500])
})

test('C15: without space nothing is acknowledged, so that it comes again', () => {
  const [sender, receiver] = [new AcknowledgedDatagrams(1n, 5000), new AcknowledgedDatagrams(2n, 5000)]
  const [first] = sender.send(payload(1), 0).outputs
  const packet = first?.type === 'send' ? first.data : new Uint8Array()
  expect(receiver.receive(packet, 1, false)).toEqual([])
  expect(receiver.receive(packet, 2).map(({ type }) => type)).toEqual(['send', 'deliver'])
  expect(receiver.receive(packet, 3).map(({ type }) => type)).toEqual(['send'])
})

test('C15: the window is bounded on both sides', () => {
  const [sender, receiver] = [new AcknowledgedDatagrams(1n, 5000), new AcknowledgedDatagrams(2n, 5000)]
  for (let i = 0; i < 64; i++) sender.send(payload(i), 0)
  expect(() => sender.send(payload(64), 0)).toThrow(expect.objectContaining({ code: 'PIPE_QUEUE_FULL' }))
  const beyond = { type: 'data', session: 1n, sequence: 64, base: 0, data: payload(64) } as const
  expect(receiver.receive(encodeFrame(beyond), 0)).toEqual([])
})

test('C15: another session is another sender', () => {
  const receiver = new AcknowledgedDatagrams(9n, 5000)
  for (const session of [1n, 2n]) {
    const frame = { type: 'data', session, sequence: 0, base: 0, data: payload(1) } as const
    expect(receiver.receive(encodeFrame(frame), 0)).toHaveLength(2)
  }
})

test('frames survive encoding', () => {
  const session = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
  const sequence = fc.maxSafeNat()
  const ack = fc.record({ type: fc.constant('ack' as const), session, sequence })
  const data = fc.record({
    type: fc.constant('data' as const),
    session,
    sequence,
    base: fc.maxSafeNat(),
    data: fc.uint8Array(),
  })
  fc.assert(
    fc.property(fc.oneof(ack, data), (frame) => expect(decodeFrame(encodeFrame(frame))).toEqual(frame)),
  )
})

test('any bytes are a frame or this package’s error', () => {
  const machine = new AcknowledgedDatagrams(1n, 5000)
  const prefix = fc.constantFrom([], [0xd7], [0xa8])
  fc.assert(
    fc.property(prefix, fc.uint8Array({ maxLength: 64 }), (type, rest) => {
      try {
        machine.receive(Uint8Array.of(...type, ...rest), 0)
      } catch (error) {
        expect(error).toBeInstanceOf(PipeError)
        expect(error).toMatchObject({ code: 'PIPE_MALFORMED' })
      }
    }),
    { numRuns: 10_000 },
  )
})
