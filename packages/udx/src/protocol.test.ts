import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { encodeCredit, encodeData, encodeEnd } from './frame.ts'
import { streamIds } from './stream-id.ts'

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')
const vectors = new Map(
  [...page.matchAll(/^\| ([a-z ]+) \| `([^`]+)` \|$/gm)].map(([, what, value]) => [what, value]),
)
const vector = (what: string) => vectors.get(what)
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')
const token = Uint8Array.from({ length: 16 }, (_, index) => 255 - index)

test('the stream ids of docs/protocol.md', () => {
  const { local, remote } = streamIds(token, 'client')
  expect(local.toString(16)).toBe(vector('stream id of the caller'))
  expect(remote.toString(16)).toBe(vector('stream id of the peer'))
})

test('the frames of docs/protocol.md', () => {
  expect(hex(encodeData(new TextEncoder().encode('hello')))).toBe(vector('data in a stream'))
  expect(hex(encodeCredit(2 ** 20))).toBe(vector('credit of a mebibyte'))
  expect(hex(encodeEnd())).toBe(vector('end of data'))
})
