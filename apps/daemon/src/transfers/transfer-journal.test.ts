import { expect, test } from '@jest/globals'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TransferJournal } from './transfer-journal.ts'

test('H3: what was accepted and what was not sent is there for the next daemon, and is forgotten when it is done', () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-journal-'))
  const file = join(folder, 'config', 'transfers.json')
  const logged: string[] = []
  const open = () => new TransferJournal(file, (event) => logged.push(event))
  const offer = { peer: 'alice', offer: 'x', folder: '/in', conflict: 'skip' } as const
  const first = open()
  first.accept(offer)
  const finish = first.begin({ target: 'bob', files: ['/a'] })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const second = open()
  expect(second.accepted('alice', 'x')).toMatchObject(offer)
  expect(second.accepted('eve', 'x')).toBeUndefined()
  expect(second.takeUnsent()).toEqual([{ target: 'bob', files: ['/a'] }])
  first.forget('alice', 'x')
  finish()
  const third = open()
  expect([third.accepted('alice', 'x'), third.takeUnsent()]).toEqual([undefined, []])
  writeFileSync(file, '{')
  expect(open().takeUnsent()).toEqual([])
  expect(logged).toEqual(['journal-not-read'])
  rmSync(folder, { recursive: true })
})
