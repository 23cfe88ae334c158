import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { encodeGreeting } from './tcp/greeting.ts'
import { decodePacket, encodePacket, type PunchPacket } from './udp/packet.ts'

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')
const vectors = new Map(
  [...page.matchAll(/^\| ([a-z ]+) \| `([^`]+)` \|$/gm)].map(([, what, value]) => [what, value]),
)
const vector = (what: string) => vectors.get(what)
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')
const token = Uint8Array.from({ length: 16 }, (_, index) => 255 - index)
const [callers, peers] = [new Uint8Array(8).fill(1), new Uint8Array(8).fill(2)]

test.each<[string, PunchPacket]>([
  ['punch probe', { from: 'controlling', challenge: callers, nominates: false }],
  ['punch echo', { from: 'controlled', challenge: peers, echo: callers, nominates: false }],
  ['punch nomination', { from: 'controlling', challenge: callers, echo: peers, nominates: true }],
  ['punch agreement', { from: 'controlled', challenge: peers, echo: callers, nominates: true }],
])('the %s of docs/protocol.md', (what, packet) => {
  const printed = vector(what) ?? ''
  expect(hex(encodePacket(token, packet))).toBe(printed)
  expect(decodePacket(token, new Uint8Array(Buffer.from(printed, 'hex')))).toEqual(packet)
})

test('the greetings of docs/protocol.md', () => {
  expect(hex(encodeGreeting('controlling', token))).toBe(vector('greeting of the caller'))
  expect(hex(encodeGreeting('controlled', token))).toBe(vector('greeting of the peer'))
})
