import { buffer } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import { content, memoryPath, SessionPair } from './testdata/session-pair.ts'

test('a thousand moves under way: everything arrives once, in order, and old paths are ended', async () => {
  const pair = new SessionPair()
  pair.attach()
  const received = buffer(pair.bob.pipe)
  const back = buffer(pair.alice.pipe)
  const sent: Buffer[] = []
  for (let i = 0; i < 1000; i++) {
    const chunk = content(1 + ((i * 977) % 3000), i)
    sent.push(chunk)
    pair.alice.pipe.write(chunk)
    pair.bob.pipe.write(chunk)
    const path = memoryPath()
    const [fromAlice, fromBob] = [pair.alice.received, pair.bob.received]
    pair.alice.attach(path.alice, fromBob)
    if (i % 3 === 0) await pair.clock.advance(1)
    pair.bob.attach(path.bob, fromAlice)
    await pair.clock.advance(1)
  }
  pair.alice.pipe.end()
  pair.bob.pipe.end()
  await pair.clock.advance(1000)
  expect((await received).equals(Buffer.concat(sent))).toBe(true)
  expect((await back).equals(Buffer.concat(sent))).toBe(true)
  expect(pair.changes.filter(({ type, end }) => type === 'retired' && end === 'alice').length).toBe(1000)
  expect(pair.changes.filter(({ type }) => type === 'suspended' || type === 'lost')).toEqual([])
  await pair.close()
  expect(pair.clock.pending).toBe(0)
})

test('both ends move at once to different paths, and end up on one', async () => {
  const pair = new SessionPair()
  pair.attach()
  await pair.clock.advance(10)
  const [mine, yours] = [memoryPath(), memoryPath()]
  pair.alice.attach(mine.alice, pair.bob.received)
  pair.bob.attach(yours.bob, pair.alice.received)
  pair.alice.attach(yours.alice, pair.bob.received)
  pair.bob.attach(mine.bob, pair.alice.received)
  await pair.clock.advance(100)
  expect([pair.alice.path, pair.bob.path]).toEqual([yours.alice, yours.bob])
  expect([mine.alice.stream.destroyed, mine.bob.stream.destroyed]).toEqual([true, true])
  await pair.close()
})

test('a dead path is noticed within 3 s with data outstanding, and within 15 s idle, by both ends', async () => {
  const pair = new SessionPair()
  const first = pair.attach()
  await pair.clock.advance(20_000)
  first.silence()
  pair.alice.pipe.write('anything')
  await pair.clock.advance(3000)
  expect(pair.changes.filter(({ type }) => type === 'lost').map(({ end }) => end)).toEqual(['alice'])
  await pair.clock.advance(12_000)
  expect(pair.changes.filter(({ type }) => type === 'lost').map(({ end }) => end)).toEqual(['alice', 'bob'])
  const second = pair.attach()
  await pair.clock.advance(60_000)
  const before = pair.changes.length
  second.silence()
  await pair.clock.advance(15_000)
  expect(
    pair.changes
      .slice(before)
      .map(({ type, end }) => `${end} ${type}`)
      .sort(),
  ).toEqual(['alice lost', 'alice suspended', 'bob lost', 'bob suspended'])
  await pair.clock.advance(60_000)
})

test('an idle session sends one ping and one answer in 10 s; sparing, two packets a minute', async () => {
  for (const [keepAlive, mappingLifetimeMs, minutely] of [
    ['prompt', 120_000, 12],
    ['sparing', 120_000, 2],
    ['sparing', 30_000, 8],
  ] as const) {
    const pair = new SessionPair({ keepAlive })
    const path = pair.attach(memoryPath({ mappingLifetimeMs }))
    await pair.clock.advance(1000)
    let writes = 0
    for (const { stream } of [path.alice, path.bob]) {
      const write = stream.write.bind(stream) as (chunk: Uint8Array) => boolean
      stream.write = ((chunk: Uint8Array) => {
        writes++
        return write(chunk)
      }) as typeof stream.write
    }
    await pair.clock.advance(600_000)
    expect([keepAlive, Math.round(writes / 10)]).toEqual([keepAlive, minutely])
    await pair.close()
  }
})

test('a session without a path ends after its time, with one error at each end and the bytes not acknowledged', async () => {
  const pair = new SessionPair({ resumeMs: 30_000 })
  const path = pair.attach()
  const closing: unknown[] = []
  await pair.clock.advance(1000)
  path.silence()
  pair.alice.pipe.write(content(1000))
  await pair.clock.advance(1000)
  pair.alice.close().catch((error: unknown) => closing.push(error))
  const errors: unknown[] = []
  pair.alice.pipe.on('error', (error) => errors.push(error))
  await pair.clock.advance(60_000)
  const lost = (unacknowledgedBytes: number) =>
    expect.objectContaining({ code: 'SESSION_LOST', unacknowledgedBytes })
  expect(pair.ends.map(({ end, error }) => [end, error])).toEqual([
    ['alice', lost(1000)],
    ['bob', lost(0)],
  ])
  expect([closing, errors]).toEqual([[lost(1000)], [lost(1000)]])
  expect(pair.ends[0]?.at).toBeLessThanOrEqual(1000 + 3000 + 30_000)
  expect(pair.clock.pending).toBe(0)
  expect(() => pair.attach()).toThrow(expect.objectContaining({ code: 'SESSION_CLOSED' }))
})

test('a killed peer is an error and no end, although its path ended', async () => {
  const pair = new SessionPair({ resumeMs: 1000 })
  const { alice, bob } = pair.attach()
  const told: unknown[] = []
  pair.bob.pipe
    .on('end', () => told.push('end'))
    .on('error', (error) => told.push(error))
    .resume()
  pair.alice.pipe.write('half of it')
  await pair.clock.advance(10)
  pair.alice.detach(alice)
  bob.stream.push(null)
  await pair.clock.advance(2000)
  expect(told).toEqual([expect.objectContaining({ code: 'SESSION_LOST' })])
})
