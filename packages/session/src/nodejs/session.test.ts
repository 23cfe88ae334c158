import { buffer, text } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import { content, memoryPath, SessionPair } from './testdata/session-pair.ts'
import type { SessionStream } from './session-stream.ts'

Error.stackTraceLimit = 0 // Ten thousand aborted streams have errors that nobody reads.

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

test('G5: a stuck stream stops its own sender only, and costs no more than its window', async () => {
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

test('G6: datagrams are framed, or go by the channel of the path, and are dropped when there is none', async () => {
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

test('G5: ten thousand aborted streams leave the session as it was', async () => {
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
