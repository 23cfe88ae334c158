import { expect, test } from '@jest/globals'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import { readingInto, withReads } from './read-blocks.ts'

/** A stream that takes one write at each call of `take`, and the memory of all writes. */
function slowStream() {
  const blocks: ArrayBufferLike[] = []
  const waiting: (() => void)[] = []
  const stream = new Writable({
    highWaterMark: 65_536,
    write: (chunk: Uint8Array, _, done) => {
      blocks.push(chunk.buffer)
      waiting.push(done)
    },
  })
  return { stream, blocks, take: () => waiting.shift()?.() }
}

test('blocks are used again when the stream has taken them, and not before', () => {
  const { stream, blocks, take } = slowStream()
  const { buffer, callback } = readingInto(stream)
  const read = (share: number) => {
    const block = (buffer as () => Uint8Array)()
    const goesOn = callback(block.length * share, block)
    return { length: block.length, goesOn }
  }
  expect(read(1)).toEqual({ length: 4096, goesOn: true })
  expect(read(1)).toEqual({ length: 65_536, goesOn: true })
  expect(read(1)).toEqual({ length: 65_536, goesOn: false })
  for (let turn = 0; turn < 100; turn++) {
    take()
    read(1)
  }
  for (let turn = 0; turn < 3; turn++) take()
  expect(blocks.length).toBe(103)
  // Two wait, one is being read into.
  expect(new Set(blocks.slice(1)).size).toBeLessThanOrEqual(3)
})

test('a connection that has gone quiet keeps a short block', () => {
  const { stream } = slowStream()
  const { buffer, callback } = readingInto(stream)
  const next = buffer as () => Uint8Array
  callback(4096, next())
  const long = next()
  callback(long.length - 1, long)
  expect(next().length).toBe(4096)
})

test('Node.js lets an accepted connection have these reads, on TCP', async () => {
  const { stream, take } = slowStream()
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const caller = connect(port, '127.0.0.1')
  const [accepted] = (await once(server, 'connection')) as [Socket]
  const socket = withReads(accepted, readingInto(stream))
  caller.end(Buffer.alloc(1e6, 1))
  stream.on('drain', () => socket?.resume())
  const ended = once(socket as Socket, 'end')
  socket?.resume()
  let isOver = false
  const taking = (async () => {
    while (!isOver) {
      take()
      await new Promise(setImmediate)
    }
  })()
  await ended
  isOver = true
  await taking
  expect(socket?.bytesRead).toBe(1e6)
  socket?.destroy()
  caller.destroy()
  // The connection is not counted twice: a server that closes would wait for it for ever.
  server.close()
  await once(server, 'close')
})
