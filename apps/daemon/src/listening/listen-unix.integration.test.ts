import { expect, test } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listenUnix } from './listen-unix.ts'

const posix = process.platform === 'win32' ? test.skip : test

posix('I1: a folder that cannot be made for the socket is an error of the daemon, and named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-socket-'))
  try {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const path = join(file, 'run', 'daemon.sock')
    await expect(listenUnix(createServer(), path)).rejects.toMatchObject({
      code: 'DAEMON_SOCKET',
      message: expect.stringContaining(`cannot listen on ${path}: a part of its path is not a folder`),
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
