import { expect, test } from '@jest/globals'
import type { TransportAddress } from '@p2pd/netif'
import {
  AttributeType,
  encodeMappedAddress,
  encodeMessage,
  encodeXorMappedAddress,
  MessageClass,
  Method,
} from '@p2pd/stun'
import { classify } from '../classify/classify.ts'
import type { ProbeUpdate } from '../discovery/discovery.ts'
import type { ProbeTest } from '../discovery/observation.ts'
import { observe, other, servers } from '../testdata/observe.ts'
import { ProbeTransaction } from './probe-transaction.ts'

const server = servers[0] as TransportAddress
const id = Uint8Array.from({ length: 12 }, (_, i) => i + 1)

function transaction(test: ProbeTest = 'binding'): ProbeTransaction {
  const [observation] = observe([{ socket: 0, test }])
  if (observation === undefined) throw new Error('unreachable')
  const machine = new ProbeTransaction(observation.probe, id, (packet) => packet[8] === 1)
  machine.wake(0)
  return machine
}

function response(transactionId: Uint8Array, mapped = { ip: '198.51.100.1', port: 7000 }): Uint8Array {
  return encodeMessage({
    class: MessageClass.SuccessResponse,
    method: Method.Binding,
    transactionId,
    attributes: [
      { type: AttributeType.XorMappedAddress, value: encodeXorMappedAddress(mapped, transactionId) },
      { type: AttributeType.OtherAddress, value: encodeMappedAddress(other) },
    ],
  })
}

function resultOf(outputs: ReturnType<ProbeTransaction['receive']>): ProbeUpdate | undefined {
  return outputs.flatMap((output) => (output.type === 'done' ? [output.result] : []))[0]
}

test('sends by its schedule, then takes silence for a result', () => {
  const [observation] = observe([{ socket: 0 }])
  if (observation === undefined) throw new Error('unreachable')
  const machine = new ProbeTransaction(observation.probe, id, () => true)
  const sentAt: number[] = []
  let now = 0
  for (let result: ProbeUpdate | undefined; result === undefined; ) {
    const at = now
    for (const output of machine.wake(at)) {
      if (output.type === 'send') sentAt.push(at)
      if (output.type === 'wake') now = output.at
      if (output.type === 'done') result = output.result
    }
    if (result !== undefined) expect(result.state).toBe('unanswered')
  }
  expect([...sentAt, now]).toEqual([0, 500, 1500, 2500])
})

test('an answer gives mapping, alternate address and round trip', () => {
  expect(resultOf(transaction().receive(response(id), server, 40))).toMatchObject({
    state: 'answered',
    external: { ip: '198.51.100.1', port: 7000 },
    other,
    rttMs: 40,
  })
})

test('a wrong transaction id or source is noted and not believed', () => {
  const machine = transaction()
  expect(machine.receive(response(Uint8Array.from(id, (byte) => byte + 1)), server, 10)).toEqual([])
  expect(machine.receive(response(id), other, 20)).toEqual([])
  expect(resultOf(machine.receive(response(id), server, 30))?.anomalies).toEqual([
    'answer with a wrong transaction id',
    'answer from 203.0.113.2:3479',
  ])
})

test.each<[ProbeTest, TransportAddress, string | undefined]>([
  ['change-address-and-port', other, 'answered'],
  ['change-address-and-port', { ...server, port: 3479 }, undefined],
  ['change-address-and-port', server, 'unsupported'],
  ['change-port', { ...server, port: 3479 }, 'answered'],
  ['change-port', other, undefined],
])('%s answered from %o: %s', (kind, from, state) => {
  expect(resultOf(transaction(kind).receive(response(id), from, 10))?.state).toBe(state)
})

test('100,000 mutated answers: a result or nothing, never an exception', () => {
  const good = response(id)
  let state = 1
  const draw = (limit: number) => {
    state = (state * 1664525 + 1013904223) >>> 0
    return state % limit
  }
  const believed: ProbeUpdate[] = []
  for (let i = 0; i < 100_000; i++) {
    const length = draw(4) === 0 ? draw(good.length + 1) : good.length
    const packet = good.slice(0, length)
    for (let flips = draw(4); flips >= 0; flips--) packet[draw(Math.max(1, length))] = draw(256)
    const news = resultOf(transaction(draw(2) === 0 ? 'binding' : 'change-port').receive(packet, server, 10))
    if (news?.external !== undefined && believed.length < 2000) believed.push(news)
  }
  expect(believed.length).toBeGreaterThan(100)
  const observations = observe(believed.map((news, socket) => ({ socket, ...news })))
  expect(() => classify(observations)).not.toThrow()
})
