import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import { encodeGreeting, readGreeting } from './greeting.ts'

const token = new Uint8Array(16).fill(3)
const never = new AbortController().signal

test('takes the greeting, in pieces too, and leaves what follows', async () => {
  const stream = new PassThrough()
  const greeting = encodeGreeting('controlling', token)
  const heard = readGreeting(stream, 'controlling', token, never)
  stream.write(greeting.subarray(0, 5))
  stream.write(Buffer.concat([greeting.subarray(5), Buffer.from('rest')]))
  expect(await heard).toBe(true)
  expect(String(stream.read())).toBe('rest')
})

test('another token, the own greeting, an early end and an abort are wrong', async () => {
  const answer = async (bytes: Uint8Array, signal = never) => {
    const stream = new PassThrough()
    stream.end(bytes)
    return readGreeting(stream, 'controlled', token, signal)
  }
  expect(await answer(encodeGreeting('controlled', new Uint8Array(16)))).toBe(false)
  expect(await answer(encodeGreeting('controlling', token))).toBe(false)
  expect(await answer(new Uint8Array(3))).toBe(false)
  expect(await answer(encodeGreeting('controlled', token), AbortSignal.abort())).toBe(false)
  expect(await answer(encodeGreeting('controlled', token))).toBe(true)
})
