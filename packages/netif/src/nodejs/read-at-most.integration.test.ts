import { expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readAtMost } from './read-at-most.ts'

test('a file is read up to its limit; a longer one, and a device without an end, are not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-read-'))
  try {
    const file = join(folder, 'file')
    await writeFile(file, 'four')
    expect(new TextDecoder().decode(await readAtMost(file, 4))).toBe('four')
    expect(await readAtMost(file, 3)).toBeUndefined()
    // A terabyte that takes no room on the disk: reading it would fail.
    await truncate(file, 2 ** 40)
    expect(await readAtMost(file, 1024)).toBeUndefined()
    if (existsSync('/dev/zero')) expect(await readAtMost('/dev/zero', 1024)).toBeUndefined()
    await expect(readAtMost(join(folder, 'none'), 4)).rejects.toMatchObject({ code: 'ENOENT' })
  } finally {
    await rm(folder, { recursive: true })
  }
})
