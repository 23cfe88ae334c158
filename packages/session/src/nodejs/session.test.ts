import { buffer, text } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import { memoryPath, SessionPair } from './testdata/session-pair.ts'
import type { SessionStream } from './session-stream.ts'

Error.stackTraceLimit = 0 // Ten thousand aborted streams have errors that nobody reads.

const content = (length: number, seed = 1) =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8) + seed) & 0xff))

test('the pipe carries both directions, ends in band, and close leaves nothing', async () => {
  const pair = new SessionPair()
  const { alice, bob, clock } = pair
  pair.attach()
  bob.pipe.pipe(bob.pipe)
  alice.pipe.end(content(300_000))
  const echoed = buffer(alice.pipe)
  await clock.advance(1000)
  expect(await echoed).toEqual(content(300_000))
  await pair.close()
  expect(pair.ends.map(({ end, error }) => [end, error])).toEqual(
    expect.arrayContaining([
      ['alice', undefined],
      ['bob', undefined],
    ]),
  )
  expect(clock.pending).toBe(0)
})

test('a stream is opened for a service, and can be written before the first path is there', async () => {
  const pair = new SessionPair()
  const served: Promise<[string, string]>[] = []
  pair.bob.onStream((stream) => {
    stream.end('answer')
    served.push(text(stream).then((question) => [stream.service, question]))
  })
  const stream = pair.alice.openStream('files')
  stream.end('question')
  pair.attach()
  await pair.clock.advance(100)
  expect(await text(stream)).toBe('answer')
  expect(await served[0]).toEqual(['files', 'question'])
  await pair.close()
})

test('ends and aborts are kept apart: a code gets to the other end, and no end does', async () => {
  const pair = new SessionPair()
  pair.attach()
  const streams: SessionStream[] = []
  pair.bob.onStream((stream) => streams.push(stream.resume()))
  const stream = pair.alice.openStream('files')
  stream.write('half of it')
  await pair.clock.advance(10)
  const told: unknown[] = []
  streams[0]?.on('error', (error) => told.push(error)).on('end', () => told.push('end'))
  stream.reset(77)
  await pair.clock.advance(10)
  expect(told).toEqual([expect.objectContaining({ code: 'SESSION_RESET', closeCode: 77 })])
  await pair.close()
})

test('a stream that nobody takes is refused', async () => {
  const pair = new SessionPair()
  pair.attach()
  const errors: unknown[] = []
  pair.alice.openStream('unknown').on('error', (error) => errors.push(error))
  await pair.clock.advance(10)
  expect(errors).toEqual([expect.objectContaining({ code: 'SESSION_RESET', closeCode: 1 })])
  await pair.close()
})

test('a caller may change a buffer after the callback: what is sent again is what was written', async () => {
  const pair = new SessionPair()
  const dead = pair.attach()
  await pair.clock.advance(100)
  dead.silence()
  for (const [length, seed] of [
    [100, 1],
    [65_536, 2],
    [20, 3],
  ] as const) {
    const mine = content(length, seed)
    pair.alice.pipe.write(mine, () => mine.fill(0))
    await pair.clock.advance(10)
  }
  const received = buffer(pair.bob.pipe)
  pair.alice.pipe.end()
  pair.attach()
  await pair.clock.advance(5000)
  expect(await received).toEqual(Buffer.concat([content(100, 1), content(65_536, 2), content(20, 3)]))
  await pair.close()
})

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

test('a stuck stream stops its own sender only, and costs no more than its window', async () => {
  const pair = new SessionPair()
  pair.attach()
  const read: number[] = []
  pair.bob.onStream((stream) => {
    if (stream.service === 'stuck') stream.pause()
    else void buffer(stream).then(({ length }) => read.push(length))
  })
  const stuck = pair.alice.openStream('stuck')
  let taken = 0
  const write = () =>
    stuck.write(content(16_384), (error) => {
      if (!error) taken += 16_384
      if (!error) write()
    })
  write()
  const others = Array.from({ length: 20 }, () => pair.alice.openStream('others'))
  for (const other of others) other.end(content(200_000))
  await pair.clock.advance(2000)
  expect(read).toEqual(others.map(() => 200_000))
  // The first credit, and what the two Duplexes have buffered.
  expect(taken).toBeGreaterThanOrEqual(65_536)
  expect(taken).toBeLessThan(3 * 65_536 + 2 * 16_384)
  stuck.destroy()
  await pair.close()
})

test('datagrams are framed, or go by the channel of the path, and are dropped when there is none', async () => {
  const pair = new SessionPair()
  const heard: string[] = []
  pair.bob.datagrams.onMessage((bytes) => heard.push(Buffer.from(bytes).toString()))
  expect(pair.alice.datagrams.send(Buffer.from('too early'))).toBe(false)
  const path = memoryPath()
  pair.attach(path)
  await pair.clock.advance(10)
  expect(pair.alice.datagrams.send(Buffer.from('framed'))).toBe(true)
  await pair.clock.advance(10)
  const sent: string[] = []
  const channel = {
    send: (bytes: Uint8Array) => sent.push(Buffer.from(bytes).toString()) < 2,
    onMessage: () => () => {},
  }
  pair.attach(memoryPath({ datagrams: channel }))
  expect(pair.alice.datagrams.send(Buffer.from('by channel'))).toBe(true)
  expect(pair.alice.datagrams.send(Buffer.from('channel is full'))).toBe(false)
  await pair.clock.advance(10)
  expect([heard, sent, pair.alice.datagrams.dropped]).toEqual([
    ['framed'],
    ['by channel', 'channel is full'],
    2,
  ])
  expect(() => pair.alice.datagrams.send(new Uint8Array(65_536))).toThrow(
    expect.objectContaining({ code: 'SESSION_INVALID_ARGUMENT' }),
  )
  await pair.close()
})

test('ten thousand aborted streams leave the session as it was', async () => {
  const pair = new SessionPair()
  pair.attach()
  let taken = 0
  pair.bob.onStream((stream) => {
    taken++
    stream.resume()
  })
  for (let i = 0; i < 10_000; i++) {
    const stream = pair.alice.openStream('aborted')
    stream.write(content(10))
    if (i % 2 === 0) setImmediate(() => stream.destroy())
    else stream.destroy()
    if (i % 100 === 99) await pair.clock.advance(20)
  }
  await pair.clock.advance(1000)
  expect(taken).toBeGreaterThan(4000)
  const stream = pair.alice.openStream('still works')
  stream.end('yes')
  await pair.clock.advance(100)
  await pair.close()
  expect(pair.ends.map(({ error }) => error)).toEqual([undefined, undefined])
})

test('a peer that speaks something else ends the session with an error that says so', async () => {
  const pair = new SessionPair()
  const { bob } = pair.attach()
  bob.stream.write(Buffer.alloc(100))
  await pair.clock.advance(100)
  expect(pair.ends.find(({ end }) => end === 'alice')?.error?.code).toMatch(/SESSION_(MALFORMED|PROTOCOL)/)
  await pair.clock.advance(100_000)
  expect(pair.ends.find(({ end }) => end === 'bob')?.error).toMatchObject({
    code: 'SESSION_ABORTED',
    closeCode: 1,
  })
})
