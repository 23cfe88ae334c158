import { expect, test } from '@jest/globals'
import { once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { writeTurns } from './write-turns.ts'

/** A connection that notes how many bytes each call of the system has; without `isReading` none returns. */
function connection(isReading = true) {
  const calls: number[] = []
  const socket = new Writable({
    writev: (chunks, done) => {
      calls.push(chunks.reduce((bytes, { chunk }) => bytes + (chunk as Buffer).length, 0))
      if (isReading) done()
    },
  })
  return { socket, calls }
}

test('the pieces of a turn are written together, and a first one at once; the end follows', async () => {
  const from = new PassThrough({ readableHighWaterMark: 1e6 })
  const { socket, calls } = connection()
  writeTurns(from, socket)
  for (let busy = 0; busy < 2; busy++) {
    for (let piece = 0; piece < 4; piece++) from.emit('data', Buffer.alloc(16_384))
    await turn()
    await turn()
  }
  expect(calls).toEqual([16_384, 49_152, 65_536])
  from.end('x')
  await once(socket, 'finish')
  expect(calls.slice(3)).toEqual([1])
})

test('a connection that takes nothing stops its stream at 128 KiB, and goes on', async () => {
  const from = new PassThrough()
  const { socket, calls } = connection(false)
  writeTurns(from, socket)
  for (let piece = 0; piece < 20; piece++) {
    from.write(Buffer.alloc(16_384))
    await turn()
  }
  expect(from.isPaused()).toBe(true)
  expect(socket.writableLength).toBe(131_072)
  socket.emit('drain')
  expect(from.isPaused()).toBe(false)
  expect(calls).toEqual([16_384])
})
