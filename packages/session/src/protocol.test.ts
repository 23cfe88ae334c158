import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { encodeFrame, type Frame, FrameType } from './frame/frame.ts'
import { FrameDecoder } from './frame/frame-decoder.ts'
import { resumeProof } from './nomination.ts'
import { writeVarint } from './frame/varint.ts'

const page = readFileSync(new URL('../PROTOCOL.md', import.meta.url), 'utf8')
const vectors = new Map(
  [...page.matchAll(/^\| ([^|]+) \| `([0-9a-f]+)` \|$/gm)].map(([, what, hex]) => [what, hex]),
)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const frames: readonly [string, Frame][] = [
  [
    'stream 0, offset 0, hello',
    { type: 'stream', id: 0, offset: 0, bytes: new Uint8Array(Buffer.from('hello')) },
  ],
  ['stream 5, offset 70000, no bytes', { type: 'stream', id: 5, offset: 70_000, bytes: new Uint8Array() }],
  ['open 2, files', { type: 'open', id: 2, service: 'files' }],
  ['credit 0 to 131072', { type: 'credit', id: 0, limit: 131_072 }],
  ['end of 2', { type: 'end', id: 2 }],
  ['reset of 2 with 16', { type: 'reset', id: 2, code: 16 }],
  ['streams to 1280', { type: 'streams', limit: 1280 }],
  ['finish', { type: 'finish' }],
  ['ack of 300', { type: 'ack', offset: 300 }],
  ['resume at 9', { type: 'resume', offset: 9 }],
  ['move at 9', { type: 'move', offset: 9 }],
  ['ping 1', { type: 'ping', number: 1 }],
  ['pong 1', { type: 'pong', number: 1 }],
  ['datagram hi', { type: 'datagram', bytes: new Uint8Array(Buffer.from('hi')) }],
  ['close with 0', { type: 'close', code: 0 }],
]

test.each(frames)('PROTOCOL.md: %s', (what, frame) => {
  expect(hex(encodeFrame(frame))).toBe(vectors.get(what))
  expect(new FrameDecoder().decode(Buffer.from(vectors.get(what) ?? '', 'hex'))).toMatchObject([{ frame }])
})

test.each([63, 64, 1_073_741_824])('PROTOCOL.md: the integer %d', (value) => {
  const bytes = new Uint8Array(8)
  expect(hex(bytes.subarray(0, writeVarint(bytes, 0, value)))).toBe(vectors.get(`the integer ${value}`))
})

test('PROTOCOL.md: the types of frames', () => {
  const rows = [...page.matchAll(/^\| 0x([0-9a-f]{2}) \| `([a-z]+)` \|/gm)]
  const onPage = rows.map(([, type, name]) => [name, Number.parseInt(type ?? '', 16)])
  expect(onPage).toEqual(Object.entries(FrameType).map(([name, type]) => [name.toLowerCase(), type]))
})

test.each([
  ['controlling', 1000],
  ['controlled', 0],
] as const)('PROTOCOL.md: the proof of the %s end at %d', (role, received) => {
  const proof = resumeProof(
    (key, message) => createHmac('sha256', key).update(message).digest(),
    new Uint8Array(32).fill(1),
    { role, connectionId: new Uint8Array(32).fill(3) },
    { sessionId: new Uint8Array(16).fill(2), received },
  )
  expect(hex(proof)).toBe(vectors.get(`proof, ${role}, offset ${received}`))
})
