import { expect, test } from '@jest/globals'
import { Batch } from './batch.ts'

const turn = () => new Promise((resolve) => void setImmediate(resolve))

test('neighbours in one buffer become one chunk, at the end of the turn', async () => {
  const [buffer, chunks] = [Buffer.from('abcdef'), [] as string[]]
  const batch = new Batch((chunk) => chunks.push(String(chunk)))
  batch.add(buffer.subarray(0, 1))
  batch.add(buffer.subarray(1, 3))
  batch.add(buffer.subarray(3, 6))
  expect(chunks).toEqual([])
  await turn()
  expect(chunks).toEqual(['abcdef'])
  batch.add(Buffer.from('g'))
  await turn()
  expect(chunks).toEqual(['abcdef', 'g'])
})

test('chunks that are not neighbours stay in order', async () => {
  const [buffer, chunks] = [Buffer.from('abcdef'), [] as string[]]
  const batch = new Batch((chunk) => chunks.push(String(chunk)))
  batch.add(buffer.subarray(0, 2))
  batch.add(buffer.subarray(3, 4))
  batch.add(Buffer.from('x'))
  await turn()
  expect(chunks).toEqual(['ab', 'd', 'x'])
})

test('a flushed chunk is delivered once', async () => {
  const chunks: string[] = []
  const batch = new Batch((chunk) => chunks.push(String(chunk)))
  batch.add(Buffer.from('a'))
  batch.flush()
  batch.flush()
  await turn()
  expect(chunks).toEqual(['a'])
})
