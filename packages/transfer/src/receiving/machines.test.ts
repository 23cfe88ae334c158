import { createHash } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { CHUNK_LENGTH, type Frame } from '../frame/frame.ts'
import { encodeEntry, type FileEntry } from '../manifest/entry.ts'
import { Pacer } from '../pacing/pacer.ts'
import { ProgressMeter } from '../pacing/progress.ts'
import { SenderMachine } from '../sending/sender-machine.ts'
import { FileStatus, numberedName, planFile } from './plan-file.ts'
import { ReceiverMachine } from './receiver-machine.ts'

const hash = new Uint8Array(32)
const file: FileEntry = { type: 'file', path: 'a', permissions: 0o644, size: CHUNK_LENGTH + 5, mtimeMs: 0 }
const bytes = encodeEntry(file)
const root = createHash('sha256').update(bytes).digest()
const offer: Frame = { type: 'offer', entries: 1, bytes: CHUNK_LENGTH + 5, root }

function newReceiver(): ReceiverMachine {
  const running = createHash('sha256')
  return new ReceiverMachine({ update: (part) => void running.update(part), digest: () => running.digest() })
}

function accepted(): ReceiverMachine {
  const machine = newReceiver()
  for (const frame of [{ type: 'hello', version: 1 }, { type: 'entries', bytes }, offer] as const)
    machine.receive(frame)
  machine.accept()
  return machine
}

const chunk = (number: number, length: number): Frame => ({
  type: 'chunk',
  index: 0,
  number,
  hash,
  bytes: new Uint8Array(length),
})
const protocol = expect.objectContaining({ name: 'TransferError' })

test('a receiver takes the manifest, then exactly the chunks that it wants', () => {
  const machine = accepted()
  expect(machine.want(0, file, 0, false)).toEqual({ type: 'want', index: 0, from: 0, hashesOnly: false })
  expect(machine.receive(chunk(0, CHUNK_LENGTH))).toMatchObject([{ type: 'chunk' }])
  expect(machine.receive(chunk(1, 5))).toMatchObject([{ type: 'chunk' }])
  expect(machine.receive({ type: 'file-end', index: 0 })).toEqual([{ type: 'file-end', index: 0 }])
  machine.wantsEnd()
  expect(machine.receive({ type: 'finish' })).toEqual([{ type: 'finished' }])
})

test.each<[string, Frame[]]>([
  ['a chunk that is not due', [chunk(1, 5)]],
  ['a chunk twice', [chunk(0, CHUNK_LENGTH), chunk(0, CHUNK_LENGTH)]],
  ['a chunk that is too short', [chunk(0, 7)]],
  ['a chunk after the last', [chunk(0, CHUNK_LENGTH), chunk(1, 5), chunk(2, 1)]],
  ['an end before the last chunk', [chunk(0, CHUNK_LENGTH), { type: 'file-end', index: 0 }]],
  ['a file that nobody asked for', [{ type: 'file-end', index: 1 }]],
  ['a hash instead of a chunk', [{ type: 'hash', index: 0, number: 0, hash }]],
  ['a finish before the files', [{ type: 'finish' }]],
  ['a manifest again', [{ type: 'entries', bytes }]],
])('a receiver refuses %s', (_, frames) => {
  const machine = accepted()
  machine.want(0, file, 0, false)
  const last = frames.pop() as Frame
  for (const frame of frames) machine.receive(frame)
  expect(() => machine.receive(last)).toThrow(protocol)
})

test('a receiver refuses a manifest that is not whole, and data before consent', () => {
  for (const wrong of [
    { ...offer, entries: 2 },
    { ...offer, bytes: 1 },
    { ...offer, root: hash },
  ]) {
    const machine = newReceiver()
    machine.receive({ type: 'hello', version: 1 })
    machine.receive({ type: 'entries', bytes })
    expect(() => machine.receive(wrong as Frame)).toThrow(protocol)
  }
  const machine = newReceiver()
  expect(() => machine.receive(offer)).toThrow(protocol)
  machine.receive({ type: 'hello', version: 3 })
  machine.receive({ type: 'entries', bytes })
  machine.receive(offer)
  expect(() => machine.receive(chunk(0, 1))).toThrow(protocol)
})

test('a sender serves wants after consent, and refuses others', () => {
  const machine = new SenderMachine()
  machine.receive({ type: 'hello', version: 1 })
  expect(() => machine.receive({ type: 'accept' })).toThrow(protocol)
  machine.offer(1, 5, root)
  expect(() => machine.receive({ type: 'want', index: 0, from: 0, hashesOnly: false })).toThrow(protocol)
  expect(machine.receive({ type: 'accept' })).toEqual([{ type: 'accepted' }])
  expect(machine.receive({ type: 'want', index: 0, from: 0, hashesOnly: false })).toMatchObject([
    { type: 'want' },
  ])
  expect(() => machine.receive({ type: 'want', index: 1, from: 0, hashesOnly: false })).toThrow(protocol)
  expect(() => machine.receive({ type: 'done', stored: 1, failed: 0 })).toThrow(protocol)
  machine.receive({ type: 'wants-end' })
  expect(() => machine.receive({ type: 'want', index: 0, from: 0, hashesOnly: false })).toThrow(protocol)
  machine.finish()
  expect(machine.receive({ type: 'done', stored: 1, failed: 0 })).toMatchObject([{ type: 'done' }])
})

test.each([
  ['nothing has the name', 'none', 0, FileStatus.Open, { type: 'fetch' }],
  ['a file of its size', 'file', 5, FileStatus.Open, { type: 'compare' }],
  [
    'a file of its size from an earlier run',
    'file',
    5,
    FileStatus.InPlace,
    { type: 'leave', outcome: 'already' },
  ],
  ['an earlier run whose file was removed', 'none', 0, FileStatus.InPlace, { type: 'fetch' }],
  [
    'an earlier run that has renamed it',
    'file',
    7,
    FileStatus.Renamed,
    { type: 'leave', outcome: 'already' },
  ],
  ['a file of another size', 'file', 7, FileStatus.Open, { type: 'conflict' }],
  ['a link', 'other', 5, FileStatus.Open, { type: 'conflict' }],
  [
    'a folder',
    'directory',
    5,
    FileStatus.Open,
    { type: 'fail', reason: 'in-the-way', detail: 'a folder has the name' },
  ],
] as const)('%s: the plan for a file of 5 bytes', (_, type, size, status, plan) => {
  expect(planFile({ size: 5, existing: { type, size }, status })).toEqual(plan)
})

test('numbered names keep the ending', () => {
  expect(['a.jpg', 'a', '.profile', 'a.tar.gz'].map((name) => numberedName(name, 2))).toEqual([
    'a (2).jpg',
    'a (2)',
    '.profile (2)',
    'a.tar (2).gz',
  ])
})

test('a pacer keeps the rate, with a burst of a tenth of a second after a pause', () => {
  const pacer = new Pacer(1000)
  expect(pacer.delay(100, 1000)).toBe(0)
  expect(pacer.delay(500, 1000)).toBe(0)
  expect(pacer.delay(500, 1000)).toBe(500)
  expect(pacer.delay(100, 5000)).toBe(0)
})

test('progress is shown twice a second, and at the end', () => {
  const meter = new ProgressMeter({ totalFiles: 2, totalBytes: 100 }, 0)
  meter.addBytes(50)
  expect(meter.take(499)).toBeUndefined()
  expect(meter.take(500)).toEqual({
    files: 0,
    totalFiles: 2,
    bytes: 50,
    totalBytes: 100,
    bytesPerSecond: 100,
  })
  meter.skipBytes(50)
  meter.addFile()
  expect(meter.take(600, true)).toMatchObject({ files: 1, bytes: 100, bytesPerSecond: 0 })
})
