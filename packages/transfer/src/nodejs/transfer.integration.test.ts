import { execFileSync } from 'node:child_process'
import {
  chmod,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import type { ReceiveEvent, SendEvent } from '../events.ts'
import { duplexPair } from '../testdata/duplex-pair.ts'
import { readTree, withFolder, writeTree } from '../testdata/folders.ts'
import { receiveFiles } from './receive-files.ts'
import type { ReceiveOptions } from './receive-options.ts'
import { type SendFilesOptions, sendFiles } from './send-files.ts'
import type { StreamSource } from './sources/walk.ts'

const MIB = 2 ** 20

interface Run {
  readonly send?: SendFilesOptions
  readonly receive?: Partial<ReceiveOptions>
}

async function transfer(
  paths: readonly (string | StreamSource)[],
  inbox: string,
  { send, receive }: Run = {},
) {
  const [here, there] = duplexPair()
  const sent: SendEvent[] = []
  const received: ReceiveEvent[] = []
  const [sender, receiver] = await Promise.allSettled([
    sendFiles(here, paths, { onEvent: (event) => sent.push(event), ...send }),
    receiveFiles(there, inbox, {
      peer: 'alice',
      consent: () => true,
      onEvent: (event) => received.push(event),
      ...receive,
    }),
  ])
  return { sender, receiver, sent, received }
}

const outcomes = (events: readonly (SendEvent | ReceiveEvent)[]) =>
  events.flatMap((event) =>
    event.type === 'file'
      ? [`${event.path}: ${event.outcome}`]
      : event.type === 'file-failed'
        ? [`${event.path}: ${event.reason}`]
        : [],
  )

test('a folder arrives with its content, permissions, times and links, and no part is left', async () => {
  await withFolder(async (folder) => {
    const big = Buffer.alloc(2 * MIB + 17, 'abc')
    await writeTree(folder, {
      'from/a.txt': 'one',
      'from/deep/er/b.bin': big,
      'from/empty': '',
      'from/.hidden': 'h',
    })
    await mkdir(join(folder, 'from/void'))
    await chmod(join(folder, 'from/a.txt'), 0o4750)
    await utimes(join(folder, 'from/a.txt'), 1000, 1_234_567)
    await symlink('deep/er/b.bin', join(folder, 'from/inside'))
    await symlink('../../etc/passwd', join(folder, 'from/outside'))
    const offers: unknown[] = []
    const inbox = join(folder, 'to')
    const consent: ReceiveOptions['consent'] = (offer) => {
      offers.push(offer)
      return true
    }
    const { sender, receiver, sent, received } = await transfer([join(folder, 'from')], inbox, {
      receive: { consent },
    })
    expect(sender).toMatchObject({
      status: 'fulfilled',
      value: { stored: 4, failed: 1, movedBytes: 4 + big.length },
    })
    expect(receiver).toMatchObject({ status: 'fulfilled', value: { stored: 4, failed: 1 } })
    expect(offers).toMatchObject([
      { files: 4, directories: 4, links: 2, names: ['from'], hidden: ['from/.hidden'] },
    ])
    const tree = await readTree(join(inbox, 'from'))
    expect(Object.keys(tree)).toEqual(['.hidden', 'a.txt', 'deep/er/b.bin', 'empty', 'inside'])
    expect(Buffer.from(tree['deep/er/b.bin'] ?? '', 'latin1').equals(big)).toBe(true)
    const facts = await lstat(join(inbox, 'from/a.txt'))
    expect([facts.mode & 0o7777, facts.mtimeMs]).toEqual([0o750, 1_234_567_000])
    expect(await readlink(join(inbox, 'from/inside'))).toBe('deep/er/b.bin')
    expect((await lstat(join(inbox, 'from/void'))).isDirectory()).toBe(true)
    expect(outcomes(received)).toContain('from/outside: link-outside')
    expect(outcomes(sent)).toContain('from/outside: link-outside')
    expect((await readdir(inbox)).sort()).toEqual(['.p2pd-part', 'from']) // One file failed: the rest need not be compared again.
  })
})

test('the same content is skipped, and other content never replaced unasked', async () => {
  await withFolder(async (folder) => {
    await writeTree(folder, {
      'from/same': 'same',
      'from/other': 'new',
      'from/size': '12',
      'from/fresh': 'f',
    })
    const inbox = join(folder, 'to')
    const existing = { 'from/same': 'same', 'from/other': 'old', 'from/size': '1234' }
    for (const [conflict, expected] of [
      ['rename', { ...existing, 'from/other (2)': 'new', 'from/size (2)': '12', 'from/fresh': 'f' }],
      ['skip', { ...existing, 'from/fresh': 'f' }],
      ['overwrite', { 'from/same': 'same', 'from/other': 'new', 'from/size': '12', 'from/fresh': 'f' }],
      [
        (path: string) => (path === 'from/size' ? 'overwrite' : 'skip'),
        { ...existing, 'from/size': '12', 'from/fresh': 'f' },
      ],
    ] as const) {
      const target = join(inbox, String(conflict).slice(0, 6))
      await writeTree(target, existing)
      const { sender, sent } = await transfer([join(folder, 'from')], target, { receive: { conflict } })
      expect(sender).toMatchObject({ status: 'fulfilled', value: { failed: 0 } })
      expect(await readTree(target)).toEqual(expected)
      expect(outcomes(sent)).toContain('from/same: same')
    }
  })
})

test('a refusal, with nothing written, is reported at both ends', async () => {
  await withFolder(async (folder) => {
    await writeTree(folder, { 'from/a': 'a' })
    const inbox = join(folder, 'to')
    const { sender, receiver } = await transfer([join(folder, 'from')], inbox, {
      receive: { consent: () => false },
    })
    expect(sender).toMatchObject({ reason: { code: 'TRANSFER_REFUSED', side: 'peer' } })
    expect(receiver).toMatchObject({ reason: { code: 'TRANSFER_REFUSED', side: 'local' } })
    await expect(readdir(inbox)).rejects.toThrow('ENOENT')
  })
})

test.each(['send', 'receive'] as const)(
  '%s: a cancel reaches the other end with its reason, and the next run goes on',
  async (end) => {
    await withFolder(async (folder) => {
      const big = Buffer.alloc(20 * MIB, 'xyz')
      await writeTree(folder, { 'from/big': big })
      const caller = new AbortController()
      const cancelAt = (event: SendEvent | ReceiveEvent) => {
        if (event.type === 'progress') caller.abort('I have to go')
      }
      const run = {
        [end]: { signal: caller.signal, onEvent: cancelAt },
        send: { limit: 20 * MIB, ...(end === 'send' && { signal: caller.signal, onEvent: cancelAt }) },
      }
      const first = await transfer([join(folder, 'from')], join(folder, 'to'), run)
      const cancelled = { code: 'TRANSFER_CANCELLED', detail: 'I have to go' }
      expect(first.sender).toMatchObject({
        reason: { ...cancelled, side: end === 'send' ? 'local' : 'peer' },
      })
      expect(first.receiver).toMatchObject({
        reason: { ...cancelled, side: end === 'send' ? 'peer' : 'local' },
      })
      const second = await transfer([join(folder, 'from')], join(folder, 'to'))
      const resumed = second.received.find((event) => event.type === 'resumed')
      expect(resumed).toMatchObject({ path: 'from/big' })
      const before = resumed?.type === 'resumed' ? resumed.bytes : 0
      expect(second.sender).toMatchObject({ status: 'fulfilled', value: { movedBytes: big.length - before } })
      expect((await readFile(join(folder, 'to/from/big'))).equals(big)).toBe(true)
      expect(await readdir(join(folder, 'to'))).toEqual(['from'])
    })
  },
)

test('a source that has changed since starts anew, and this is reported', async () => {
  await withFolder(async (folder) => {
    await writeTree(folder, { 'from/big': Buffer.alloc(20 * MIB, 'xyz') })
    const caller = new AbortController()
    const onEvent = (event: SendEvent) => event.type === 'progress' && caller.abort()
    await transfer([join(folder, 'from')], join(folder, 'to'), {
      send: { limit: 20 * MIB, signal: caller.signal, onEvent },
    })
    const changed = Buffer.alloc(20 * MIB, 'uvw')
    await writeFile(join(folder, 'from/big'), changed)
    const { received } = await transfer([join(folder, 'from')], join(folder, 'to'))
    expect(received).toContainEqual({ type: 'restarted', path: 'from/big' })
    expect((await readFile(join(folder, 'to/from/big'))).equals(changed)).toBe(true)
  })
})

test('files that change or vanish after the offer are named at both ends, and the others arrive', async () => {
  await withFolder(async (folder) => {
    await writeTree(folder, { 'from/short': Buffer.alloc(100), 'from/gone': 'g', 'from/good': 'good' })
    const consent = async () => {
      await truncate(join(folder, 'from/short'), 10)
      await (await import('node:fs/promises')).rm(join(folder, 'from/gone'))
      return true
    }
    const { sender, sent, received } = await transfer([join(folder, 'from')], join(folder, 'to'), {
      receive: { consent },
    })
    expect(sender).toMatchObject({ status: 'fulfilled', value: { stored: 1, failed: 2 } })
    for (const events of [sent, received])
      expect(outcomes(events).sort()).toEqual(['from/gone: gone', 'from/good: stored', 'from/short: changed'])
    expect(await readTree(join(folder, 'to/from'))).toEqual({ good: 'good' })
  })
})

test('hard links are sent as files and named; a link in the way of a folder is not followed', async () => {
  await withFolder(async (folder) => {
    await writeTree(folder, { 'from/a': 'x', 'from/sub/c': 'y', 'elsewhere/keep': 'k' })
    await link(join(folder, 'from/a'), join(folder, 'from/b'))
    await mkdir(join(folder, 'to/from'), { recursive: true })
    await symlink(join(folder, 'elsewhere'), join(folder, 'to/from/sub'))
    const { sender, received } = await transfer([join(folder, 'from')], join(folder, 'to'))
    expect(sender).toMatchObject({ status: 'fulfilled', value: { stored: 2 } })
    expect(received.filter(({ type }) => type === 'note')).toMatchObject([{ reason: 'hard-link' }])
    expect(outcomes(received)).toContain('from/sub/c: in-the-way')
    expect(await readdir(join(folder, 'elsewhere'))).toEqual(['keep'])
  })
})

test('a stream that nobody knows the size of is sent as one file', async () => {
  await withFolder(async (folder) => {
    const [here, there] = duplexPair()
    async function* bytes() {
      for (let i = 0; i < 30; i++) yield Buffer.alloc(100_000, i)
    }
    const received = receiveFiles(there, folder, { peer: 'alice', consent: () => true })
    await sendFiles(here, [{ name: 'log', bytes: bytes() }])
    expect(await received).toEqual({ stored: 1, failed: 0, movedBytes: 3_000_000 })
    expect(
      (await readFile(join(folder, 'log'))).equals(
        Buffer.concat(Array.from({ length: 30 }, (_, i) => Buffer.alloc(100_000, i))),
      ),
    ).toBe(true)
  })
})

/** A small disk, which only root can make. */
const testWithDisk = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip

testWithDisk(
  'a disk without space is found before the first chunk; one that fills up is named at both ends',
  async () => {
    await withFolder(async (folder) => {
      const disk = join(folder, 'disk')
      await mkdir(disk)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk])
      try {
        await writeTree(folder, { big: Buffer.alloc(6 * MIB) })
        const early = await transfer([join(folder, 'big')], disk)
        expect(early.receiver).toMatchObject({ reason: { code: 'TRANSFER_NO_SPACE', side: 'local' } })
        expect(early.sender).toMatchObject({ reason: { code: 'TRANSFER_NO_SPACE', side: 'peer' } })
        expect(outcomes(early.received)).toEqual([])
        async function* bytes() {
          for (let i = 0; i < 6; i++) yield Buffer.alloc(MIB, i)
        }
        const full = await transfer([{ name: 'log', bytes: bytes() }], disk)
        expect(full.receiver).toMatchObject({ reason: { code: 'TRANSFER_DISK_FULL', side: 'local' } })
        expect(full.sender).toMatchObject({ reason: { code: 'TRANSFER_DISK_FULL', side: 'peer' } })
        for (const { reason } of [full.sender, full.receiver] as PromiseRejectedResult[])
          expect((reason as { detail: string }).detail).toContain('log')
        expect(await readdir(disk)).toEqual(['.p2pd-part'])
      } finally {
        execFileSync('umount', [disk])
      }
    })
  },
)

test('only the selected files are sent again', async () => {
  await withFolder(async (folder) => {
    await writeTree(folder, { 'from/a': 'a', 'from/deep/b': 'b', 'from/deep/c': 'c' })
    const select = (path: string) => path === 'from/deep/c'
    const { sender } = await transfer([join(folder, 'from')], join(folder, 'to'), { send: { select } })
    expect(sender).toMatchObject({ status: 'fulfilled', value: { stored: 1, failed: 0 } })
    expect(await readTree(join(folder, 'to'))).toEqual({ 'from/deep/c': 'c' })
  })
})

test('a second transfer of the same peer into the same folder is busy; a path that does not exist is an error at once', async () => {
  await withFolder(async (folder) => {
    await writeTree(folder, { a: Buffer.alloc(3 * MIB) })
    const slow = transfer([join(folder, 'a')], join(folder, 'to'), { send: { limit: 4 * MIB } })
    const [here, there] = duplexPair()
    const missing = sendFiles(here, [join(folder, 'none')])
    const stopped = receiveFiles(there, join(folder, 'x'), { peer: 'alice', consent: () => true })
    await expect(missing).rejects.toMatchObject({ code: 'TRANSFER_INVALID_ARGUMENT' })
    await expect(stopped).rejects.toMatchObject({ side: 'peer' })
    const busy = await transfer([join(folder, 'a')], join(folder, 'to'))
    expect(busy.sender).toMatchObject({ reason: { code: 'TRANSFER_BUSY', side: 'peer' } })
    expect((await slow).sender).toMatchObject({ status: 'fulfilled' })
  })
})
