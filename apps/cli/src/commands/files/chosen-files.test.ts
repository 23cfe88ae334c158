import { expect, test } from '@jest/globals'
import { formatNodeId } from '@p2pd/node'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from '../../context.ts'
import { checkFiles, failedFilesOf } from './chosen-files.ts'

test('a device is not a file to send, and neither is a name that does not exist', async () => {
  await expect(checkFiles(['/dev/null'])).rejects.toMatchObject({
    code: 'CLI_FILE',
    message: '/dev/null is a pipe or a device: send - and feed it to standard input',
  })
  await expect(checkFiles(['/nowhere'])).rejects.toMatchObject({
    code: 'CLI_FILE',
    message: expect.stringMatching(/^\/nowhere can't be read: it does not exist$/),
  })
  await checkFiles(['-', '/dev'])
})

test('a record of failed files that cannot be read is an error, not a transfer without failures', async () => {
  const home = mkdtempSync(join(tmpdir(), 'p2pd-failed-'))
  try {
    const peer = formatNodeId(new Uint8Array(32))
    const context = { env: { XDG_CONFIG_HOME: home } } as unknown as Context
    await expect(failedFilesOf(context, peer)).rejects.toMatchObject({ code: 'CLI_NONE_FAILED' })
    mkdirSync(join(home, 'p2pd', 'failed-files', `${peer}.json`), { recursive: true })
    await expect(failedFilesOf(context, peer)).rejects.toMatchObject({ code: 'CLI_FILE' })
  } finally {
    rmSync(home, { recursive: true })
  }
})
