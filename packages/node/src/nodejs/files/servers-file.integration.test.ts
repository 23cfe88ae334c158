import { expect, test } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadServers } from './servers-file.ts'

const servers = { stun: ['stun:192.0.2.1'], turn: [], mqtt: ['mqtt://192.0.2.1'] }

test('I1: fault 20: a servers file is read as Windows writes it, or refused with what to do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-servers-'))
  try {
    const file = join(folder, 'servers.json')
    const text = `\uFEFF${JSON.stringify(servers)}\r\n`
    for (const bytes of [Buffer.from(text), Buffer.from(text, 'utf16le')]) {
      await writeFile(file, bytes)
      expect(await loadServers(file)).toEqual(servers)
    }
    await writeFile(file, Buffer.from(text.slice(1), 'utf16le'))
    await expect(loadServers(file)).rejects.toMatchObject({
      code: 'NODE_BAD_SERVERS',
      message: `the servers file ${file} can't be read: it is not text in UTF-8: save it as UTF-8`,
    })
  } finally {
    await rm(folder, { recursive: true })
  }
})
