import { expect, test } from '@jest/globals'
import { decodeEntries, encodeEntry, type Entry } from '../manifest/entry.ts'
import { decodeJournal, encodeJournalHeader } from '../receiving/journal.ts'
import { Dice } from '@p2pd/netif/testing'
import { TransferError } from '../transfer-error.ts'
import { encodeFrame, type Frame } from './frame.ts'
import { FrameDecoder } from './frame-decoder.ts'

Error.stackTraceLimit = 0

const bytesOf = (dice: Dice, length: number) => Uint8Array.from({ length }, () => dice.below(256))
const numberOf = (dice: Dice) => dice.below(2 ** (dice.pick([3, 7, 14, 30, 53]) ?? 3))

function frameOf(dice: Dice): Frame {
  const [index, number, hash] = [numberOf(dice), numberOf(dice), bytesOf(dice, 32)]
  const frames: Frame[] = [
    { type: 'hello', version: number },
    { type: 'entries', bytes: bytesOf(dice, dice.below(300)) },
    { type: 'offer', entries: index, bytes: number, root: hash },
    { type: 'chunk', index, number, hash, bytes: bytesOf(dice, dice.below(300)) },
    { type: 'hash', index, number, hash },
    { type: 'file-end', index },
    { type: 'file-failed', index, reason: 'changed', detail: 'ß'.repeat(dice.below(200)) },
    { type: 'finish' },
    { type: 'stop', reason: 'disk-full', detail: 'full' },
    { type: 'accept' },
    { type: 'want', index, from: number, hashesOnly: dice.chance(0.5) },
    { type: 'wants-end' },
    { type: 'stored', index, outcome: 'renamed' },
    { type: 'done', stored: index, failed: number },
  ]
  return dice.pick(frames) as Frame
}

function decodeCut(bytes: Uint8Array, dice: Dice): Frame[] {
  const decoder = new FrameDecoder()
  const frames: Frame[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + dice.below(dice.pick([1, 5, 100]) ?? 1)
    frames.push(...decoder.decode(bytes.subarray(at, end)))
    at = end
  }
  return frames
}

test('frames survive any cut', () => {
  for (let seed = 0; seed < 2000; seed++) {
    const dice = new Dice(seed)
    const sent = Array.from({ length: 1 + dice.below(8) }, () => frameOf(dice))
    expect(decodeCut(Buffer.concat(sent.flatMap(encodeFrame)), dice)).toEqual(sent)
  }
})

test('types and fields of a later version are skipped', () => {
  const later = Buffer.concat([
    Buffer.from('7f00000003010203', 'hex'),
    Buffer.from('1400000005010200aabb', 'hex'),
  ])
  expect(new FrameDecoder().decode(later)).toEqual([{ type: 'done', stored: 1, failed: 2 }])
})

test('any bytes are frames, entries and journals, or the one error', () => {
  let refused = 0
  const check = (decode: () => unknown) => {
    try {
      decode()
    } catch (error) {
      if (!(error instanceof TransferError && error.code === 'TRANSFER_MALFORMED')) throw error
      refused++
    }
  }
  for (let seed = 0; seed < 20_000; seed++) {
    const dice = new Dice(seed)
    const bytes = bytesOf(dice, dice.below(80))
    check(() => decodeEntries(bytes))
    check(() => decodeJournal(bytes))
    if (bytes.length > 4) bytes.set([dice.below(24), 0, 0, 0], 0)
    check(() => decodeCut(bytes, dice))
    const valid = Buffer.concat(encodeFrame(frameOf(dice)))
    valid[dice.below(valid.length)] = dice.below(256)
    check(() => decodeCut(valid, dice))
  }
  expect(refused).toBeGreaterThan(10_000)
})

test.each([
  ['a chunk above 1 MiB', '0400100041'],
  ['a want above 2 KiB', '1100000801'],
  ['entries above 64 KiB', '0200010001'],
  ['another protocol', '010000000401610161'],
  ['an integer above 2^53 - 1', '0600000009ffffffffffffffff7f'],
])('%s is malformed', (_, hex) => {
  const code = 'TRANSFER_MALFORMED'
  expect(() => new FrameDecoder().decode(Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ code }))
})

test('entries round trip; set-id bits are dropped; kinds of a later version are remarks', () => {
  const entries: Entry[] = [
    { type: 'file', path: 'a/b', permissions: 0o644, size: 2 ** 40, mtimeMs: -5 },
    { type: 'file', path: 'stdin', permissions: 0o644, size: undefined, mtimeMs: 2 ** 45 },
    { type: 'directory', path: 'ä', permissions: 0o755 },
    { type: 'link', path: 'l', target: '../x' },
    { type: 'note', path: 'n', reason: 'special', detail: 'a socket' },
  ]
  expect(decodeEntries(Buffer.concat(entries.map(encodeEntry)))).toEqual(entries)
  const setuid = encodeEntry({ type: 'directory', path: 'd', permissions: 0o6755 })
  expect(decodeEntries(setuid)).toEqual([{ type: 'directory', path: 'd', permissions: 0o755 }])
  expect(decodeEntries(Buffer.from('0363016100', 'hex').subarray(0, 4))).toMatchObject([
    { type: 'note', reason: 'other' },
  ])
})

test('a journal keeps its header and whole hashes', () => {
  const header = { size: 5e9, mtimeMs: 1.5e12, boot: '6b4ba72f-3c6b-4b44-a9c6-7f5f2b7a1b11' }
  const bytes = Buffer.concat([encodeJournalHeader(header), Buffer.alloc(70, 1)])
  expect(decodeJournal(bytes)).toEqual({ ...header, hashes: [Buffer.alloc(32, 1), Buffer.alloc(32, 1)] })
  expect(decodeJournal(bytes.subarray(0, 20))).toBeUndefined()
})
