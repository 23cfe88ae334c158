import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import { readExactly, readPrefix } from '@p2pd/netif'

const LISTENED = ['readable', 'end', 'close', 'error'] as const

/** Listeners on a stream of what a reader listens for. */
function listeners(stream: PassThrough): number {
  return LISTENED.reduce((sum, event) => sum + stream.listenerCount(event), 0)
}

test('takes the prefix as soon as it is whole, and leaves the rest', async () => {
  const stream = new PassThrough()
  const before = listeners(stream)
  const prefix = readPrefix(stream, () => readExactly(stream, 3))
  stream.write(Uint8Array.of(1, 2))
  await new Promise(setImmediate)
  stream.write(Uint8Array.of(3, 4))
  expect([...(await prefix)]).toEqual([1, 2, 3])
  expect([...(stream.read() as Uint8Array)]).toEqual([4])
  expect(listeners(stream)).toBe(before)
})

test('rejects when the stream ends, fails, or has ended before', async () => {
  const ended = new PassThrough()
  const prefix = readPrefix(ended, () => readExactly(ended, 3))
  ended.end(Uint8Array.of(1))
  await expect(prefix).rejects.toMatchObject({ code: 'NETIF_CLOSED' })
  await expect(readPrefix(ended, () => readExactly(ended, 3))).rejects.toMatchObject({ code: 'NETIF_CLOSED' })
  const failed = new PassThrough()
  const second = readPrefix(failed, () => readExactly(failed, 3))
  failed.destroy(new Error('broken'))
  await expect(second).rejects.toThrow('broken')
})

test('rejects with the reason of the signal, and with what the reader throws', async () => {
  const stream = new PassThrough()
  const before = listeners(stream)
  const caller = new AbortController()
  const first = readPrefix(stream, () => readExactly(stream, 3), caller.signal)
  caller.abort(new Error('enough'))
  await expect(first).rejects.toThrow('enough')
  await expect(readPrefix(stream, () => undefined, caller.signal)).rejects.toThrow('enough')
  const refusing = () => {
    throw new Error('not ours')
  }
  const second = readPrefix(stream, refusing)
  stream.write(Uint8Array.of(1))
  await expect(second).rejects.toThrow('not ours')
  expect(listeners(stream)).toBe(before)
})
