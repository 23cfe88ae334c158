import { expect, test } from '@jest/globals'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeFolders } from './make-folders.ts'

test('folders are made with those above them, and one that is there stays', () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-folders-'))
  try {
    const [deep, file] = [join(folder, 'a', 'b', 'c'), join(folder, 'file')]
    makeFolders(deep, 0o700)
    makeFolders(deep)
    expect(statSync(deep).mode & 0o777).toBe(0o700)
    writeFileSync(file, '')
    expect(() => makeFolders(file)).toThrow('EEXIST')
    expect(() => makeFolders(join(file, 'x'))).toThrow('ENOTDIR')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const hasProc = existsSync('/proc/self')
const onLinux = hasProc ? test : test.skip

onLinux('a file system that takes no folder is an error, not a wait without end', () => {
  expect(() => makeFolders('/proc/p2pd/deeper')).toThrow(expect.objectContaining({ code: 'ENOENT' }))
})
