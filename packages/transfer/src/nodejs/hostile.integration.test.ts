import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { expect, test } from '@jest/globals'
import { encodeFrame, type Frame } from '../frame/frame.ts'
import { FrameDecoder } from '../frame/frame-decoder.ts'
import { encodeEntry, type Entry } from '../manifest/entry.ts'
import { Dice } from '@p2pd/netif/testing'
import { duplexPair } from '../testdata/duplex-pair.ts'
import { withFolder } from '../testdata/folders.ts'
import { receiveFiles } from './receive-files.ts'

Error.stackTraceLimit = 0

const names = [
  '..',
  'a',
  'b',
  'A',
  'l',
  'out',
  '.p2pd-part',
  '.P2PD-part',
  'con',
  'x:y',
  '%_a',
  'e\u0301',
  'é',
  '\u202e',
]
const targets = ['.', '..', '../..', 'a', 'l/..', '/tmp', '../out', 'out/x', '../../victim', '.p2pd-part']
const content = Buffer.from('hostile')

/** A sender that follows the protocol and offers whatever the dice say. */
async function sendHostile(stream: Duplex, dice: Dice): Promise<void> {
  const send = (frame: Frame) => {
    for (const part of encodeFrame(frame)) stream.write(part)
  }
  const entries = Array.from({ length: 1 + dice.below(12) }, () => entryOf(dice))
  const bytes = Buffer.concat(entries.map(encodeEntry))
  const size = entries.reduce((sum, entry) => sum + (entry.type === 'file' ? (entry.size ?? 0) : 0), 0)
  send({ type: 'hello', version: 1 })
  send({ type: 'entries', bytes })
  send({
    type: 'offer',
    entries: entries.length,
    bytes: size,
    root: createHash('sha256').update(bytes).digest(),
  })
  const hash = createHash('sha256').update(content).digest()
  const decoder = new FrameDecoder()
  for await (const chunk of stream) {
    for (const frame of decoder.decode(chunk as Uint8Array)) {
      if (frame.type === 'want') {
        const { index, hashesOnly } = frame
        send(
          hashesOnly
            ? { type: 'hash', index, number: 0, hash }
            : { type: 'chunk', index, number: 0, hash, bytes: content },
        )
        send({ type: 'file-end', index })
      }
      if (frame.type === 'wants-end') send({ type: 'finish' })
      if (frame.type === 'done' || frame.type === 'stop') return void stream.destroy()
    }
  }
}

function entryOf(dice: Dice): Entry {
  const climbs = dice.chance(0.1)
  const pool = climbs ? names : names.slice(1)
  const path = Array.from({ length: 1 + dice.below(3) }, () => dice.pick(pool)).join('/')
  const kind = dice.below(4)
  if (kind === 0) return { type: 'directory', path, permissions: 0o777 }
  if (kind === 1) return { type: 'link', path, target: dice.pick(targets) ?? '' }
  return { type: 'file', path, permissions: 0o777, size: content.length, mtimeMs: 0 }
}

/** Names and contents outside of the receiving folder. */
async function outside(folder: string): Promise<unknown> {
  return [
    (await readdir(folder)).sort(),
    await readdir(join(folder, 'victim')),
    await readFile(join(folder, 'victim/keep'), 'utf8'),
  ]
}

test('hostile senders write nothing outside of the folder, transfer after transfer', async () => {
  await withFolder(async (folder) => {
    const inbox = join(folder, 'inbox')
    await mkdir(join(folder, 'victim'))
    await mkdir(inbox)
    await writeFile(join(folder, 'victim/keep'), 'kept')
    await symlink(join(folder, 'victim'), join(inbox, 'out'))
    const before = await outside(folder)
    let [stored, refused] = [0, 0]
    for (let seed = 0; seed < 200; seed++) {
      const [here, there] = duplexPair()
      const dice = new Dice(seed)
      const conflict = dice.pick(['skip', 'overwrite', 'rename'] as const) ?? 'skip'
      const sender = sendHostile(here, dice).catch(() => {})
      await receiveFiles(there, inbox, { peer: `peer ${seed % 3}`, conflict, consent: () => true }).then(
        (result) => (stored += result.stored),
        (error: unknown) => {
          expect(error).toMatchObject({ name: 'TransferError' })
          refused++
        },
      )
      await sender
      expect(await outside(folder)).toEqual(before)
    }
    expect(stored).toBeGreaterThan(100)
    expect(refused).toBeGreaterThan(10)
  })
}, 120_000)
