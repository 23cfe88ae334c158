import { expect, test } from '@jest/globals'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkFolder } from './check-folder.ts'

test('a folder may be missing; a file is not one, nor has it any', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-folder-'))
  try {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    await checkFolder(folder)
    await checkFolder(join(folder, 'a', 'b'))
    const message = expect.stringContaining(`nothing can be stored in ${file}`)
    await expect(checkFolder(file)).rejects.toMatchObject({ code: 'CLI_FILE', message })
    // Root may write there by its permissions, and yet nothing can be made.
    if (existsSync('/proc/self'))
      await expect(checkFolder('/proc/x')).rejects.toMatchObject({
        code: 'CLI_FILE',
        message: expect.stringMatching(/^nothing can be stored in \/proc\/x: [^']+$/),
      })
    await expect(checkFolder(join(file, 'below'))).rejects.toMatchObject({ code: 'CLI_FILE' })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
