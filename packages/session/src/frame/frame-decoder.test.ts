import { expect, test } from '@jest/globals'
import { type Frame, encodeFrame, isOrdered } from './frame.ts'
import { FrameDecoder } from './frame-decoder.ts'
import { SessionError } from '../session-error.ts'
import { Dice } from '@p2pd/netif/testing'

Error.stackTraceLimit = 0

const bytesOf = (dice: Dice, limit: number) =>
  Uint8Array.from({ length: dice.below(limit) }, () => dice.below(256))
const numberOf = (dice: Dice) => dice.below(2 ** (dice.pick([3, 6, 14, 30, 53]) ?? 3))

function frameOf(dice: Dice): Frame {
  const [id, offset] = [numberOf(dice), numberOf(dice)]
  const frames: Frame[] = [
    { type: 'stream', id, offset, bytes: bytesOf(dice, 300) },
    { type: 'open', id, service: 'ß'.repeat(dice.below(20)) },
    { type: 'credit', id, limit: offset },
    { type: 'end', id },
    { type: 'reset', id, code: offset },
    { type: 'streams', limit: offset },
    { type: 'finish' },
    { type: 'ack', offset },
    { type: 'resume', offset },
    { type: 'move', offset },
    { type: 'ping', number: id },
    { type: 'pong', number: id },
    { type: 'datagram', bytes: bytesOf(dice, 300) },
    { type: 'close', code: id },
  ]
  return dice.pick(frames) as Frame
}

/** The frames that come out when the bytes are cut anywhere; the parts of a stream frame joined again. */
function decodeCut(bytes: Uint8Array, dice: Dice): { frames: unknown[]; sizes: number } {
  const decoder = new FrameDecoder()
  const frames: unknown[] = []
  let [sizes, parts] = [0, Buffer.alloc(0)]
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + dice.below(dice.pick([1, 5, 100]) ?? 1)
    for (const { frame, size } of decoder.decode(bytes.subarray(at, end))) {
      sizes += size
      if (frame?.type !== 'stream') frames.push(frame)
      else {
        parts = Buffer.concat([parts, frame.bytes])
        if (size === 0) continue
        const offset = frame.offset + frame.bytes.length - parts.length
        frames.push({ ...frame, offset, bytes: new Uint8Array(parts) })
        parts = Buffer.alloc(0)
      }
    }
    at = end
  }
  return { frames, sizes }
}

test('frames survive any cut, and their sizes add up', () => {
  for (let seed = 0; seed < 2000; seed++) {
    const dice = new Dice(seed)
    const sent = Array.from({ length: 1 + dice.below(8) }, () => frameOf(dice))
    const bytes = Buffer.concat(sent.map(encodeFrame))
    const { frames, sizes } = decodeCut(bytes, dice)
    expect(frames).toEqual(sent)
    expect(sizes).toBe(bytes.length)
  }
})

test('types of the future are skipped by their length, and fields after the known ones are ignored', () => {
  const dice = new Dice(1)
  const later = Buffer.from('1f0301020330004000251e', 'hex') // Types 0x1f, 0x30 and 0x40; the last one is of 37 bytes.
  const skipped = Buffer.concat([
    later.subarray(0, 5),
    later.subarray(5, 7),
    Buffer.from('4025', 'hex'),
    Buffer.alloc(37),
  ])
  const ack = Buffer.from('200205ff', 'hex')
  const { frames, sizes } = decodeCut(Buffer.concat([skipped, ack]), dice)
  expect(frames).toEqual([undefined, undefined, undefined, { type: 'ack', offset: 5 }])
  expect(sizes).toBe(skipped.length + ack.length)
  expect([0x1f, 0x20].map(isOrdered)).toEqual([true, false])
})

test('any bytes are frames or the one error, in bounded memory', () => {
  let refused = 0
  for (let seed = 0; seed < 20_000; seed++) {
    const dice = new Dice(seed)
    try {
      decodeCut(bytesOf(dice, 60), dice)
    } catch (error) {
      if (!(error instanceof SessionError && error.code === 'SESSION_MALFORMED')) throw error
      refused++
    }
  }
  expect(refused).toBeGreaterThan(1000)
})

test.each([
  ['a frame above 1 MiB', '0080100001'],
  ['a datagram above 65,535 bytes', '2580010000'],
  ['a stream frame too short for its fields', '000100'],
  ['a stream frame whose offset is cut off', '00020040'],
  ['an ack without an offset', '2000'],
  ['an integer above 2^53 - 1', '2008e000000000000000'],
  ['a service that is not UTF-8', '010202ff'],
  ['a service of 256 bytes', `01410102${'61'.repeat(256)}`],
])('%s is malformed', (_, hex) => {
  const code = 'SESSION_MALFORMED'
  expect(() => new FrameDecoder().decode(Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ code }))
})

test('what was kept of a frame does not change with the frames after it', () => {
  const decoder = new FrameDecoder()
  const first = encodeFrame({ type: 'datagram', bytes: Buffer.from('first') })
  const second = encodeFrame({ type: 'datagram', bytes: Buffer.from('later') })
  decoder.decode(first.subarray(0, 4))
  const [decoded] = decoder.decode(first.subarray(4))
  decoder.decode(second.subarray(0, 4))
  decoder.decode(second.subarray(4))
  expect(decoded?.frame).toEqual({ type: 'datagram', bytes: new Uint8Array(Buffer.from('first')) })
})
