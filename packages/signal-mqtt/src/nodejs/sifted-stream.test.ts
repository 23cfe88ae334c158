import { expect, test } from '@jest/globals'
import { Duplex, PassThrough, Writable } from 'node:stream'
import { once } from 'node:events'
import { seededRandom } from '../testdata/peers.ts'
import { SiftedStream } from './sifted-stream.ts'

const everything = (chunk: Uint8Array) => [chunk]

/** A stream whose two directions are seen apart. */
function pair() {
  const [incoming, outgoing] = [new PassThrough(), new PassThrough()]
  const inner = Duplex.from({ readable: incoming, writable: outgoing })
  return { incoming, outgoing, inner }
}

test('what is sifted out is not there to be read, the rest is, in order', async () => {
  const { incoming, inner } = pair()
  const stream = new SiftedStream(inner, (chunk) => [chunk.filter((byte) => byte % 2 === 0)])
  incoming.end(Uint8Array.of(1, 2, 3, 4, 5))
  const read: Buffer[] = []
  for await (const chunk of stream) read.push(chunk as Buffer)
  expect([...Buffer.concat(read)]).toEqual([2, 4])
})

test('what is written goes through as it is, small pieces together', async () => {
  const { outgoing, inner } = pair()
  const stream = new SiftedStream(inner, everything)
  stream.cork()
  for (const piece of ['one ', 'packet ', 'in pieces']) stream.write(piece)
  stream.uncork()
  const [chunk] = (await once(outgoing, 'data')) as [Buffer]
  expect(chunk.toString()).toBe('one packet in pieces')
  stream.destroy()
})

test('a reader that is slow slows the stream down', async () => {
  const { incoming, inner } = pair()
  const stream = new SiftedStream(inner, everything)
  let sent = 0
  // Buffers on the way hold some; a reader that takes nothing must not be sent without end.
  while (incoming.write(Buffer.alloc(65_536)) && sent++ < 1000) await new Promise(setImmediate)
  expect(sent).toBeLessThan(10)
  stream.destroy()
})

test('whatever the sizes, and however the reader hesitates, nothing is lost or stuck', async () => {
  const random = seededRandom(61)
  const byte = () => random(1)[0] ?? 0
  for (let run = 0; run < 20; run++) {
    const { incoming, inner } = pair()
    let passed = 0
    let read = 0
    const stream = new SiftedStream(inner, (chunk) => {
      if (byte() < 128) return []
      passed += chunk.length
      return [chunk.subarray(0, 1), chunk.subarray(1)]
    })
    const reader = new Writable({
      highWaterMark: 1 + byte() * 256,
      write(chunk: Buffer, _, done) {
        read += chunk.length
        if (byte() < 128) done()
        else setImmediate(done)
      },
    })
    const finished = once(stream.pipe(reader), 'finish')
    for (let i = 0; i < 100; i++) {
      if (!incoming.write(new Uint8Array(1 + byte() * 256))) await once(incoming, 'drain')
    }
    incoming.end()
    await finished
    expect(read).toBe(passed)
  }
})

test('ends the stream when the sift says so', async () => {
  const { incoming, inner } = pair()
  const stream = new SiftedStream(inner, () => undefined)
  incoming.write('anything')
  await once(stream.resume(), 'close')
  expect([stream.destroyed, inner.destroyed]).toEqual([true, true])
})

test('an error is passed on, and what came before it ended is read', async () => {
  const broken = pair()
  const stream = new SiftedStream(broken.inner, everything)
  const failed = once(stream, 'error')
  broken.inner.destroy(new Error('cable cut'))
  expect((await failed)[0]).toMatchObject({ message: 'cable cut' })

  const ended = pair()
  const last = new SiftedStream(ended.inner, everything)
  ended.incoming.end('not authorized')
  await once(ended.incoming, 'end')
  const read: Buffer[] = []
  for await (const chunk of last) read.push(chunk as Buffer)
  expect(Buffer.concat(read).toString()).toBe('not authorized')
})
