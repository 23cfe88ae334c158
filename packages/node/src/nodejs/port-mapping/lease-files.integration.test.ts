import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import type { SavedLease } from '@p2pd/portmap'
import { leaseFiles } from './lease-files.ts'

const lease = (port: number): SavedLease => ({
  gateway: '192.168.1.1',
  transport: 'tcp',
  internal: { ip: '192.168.1.5', port },
  protocol: 'pcp',
  externalPort: port,
  mappingNonce: '00'.repeat(12),
})

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-leases-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('F4: a file of its own, for its owner alone, that goes when nothing is mapped', () =>
  inFolder(async (folder) => {
    const store = leaseFiles(folder)
    expect(await store.load()).toEqual([])
    await store.save([lease(4000)])
    const [name = ''] = readdirSync(folder)
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    await store.save([])
    expect(readdirSync(folder)).toEqual([])
  }))

test('the mappings of a node that runs are left alone; those of a process that has ended are taken over, once', () =>
  inFolder(async (folder) => {
    await leaseFiles(folder).save([lease(4000)])
    expect(await leaseFiles(folder).load()).toEqual([])
    const { pid } = spawnSync(process.execPath, ['--version'])
    const [name = ''] = readdirSync(folder)
    renameSync(join(folder, name), join(folder, name.replace(`-${process.pid}-`, `-${pid}-`)))
    // It was killed while it wrote.
    writeFileSync(join(folder, `${name.replace(`-${process.pid}-`, `-${pid}-`)}.${pid}.tmp`), '[')
    const taken = await Promise.all([1, 2, 3].map(() => leaseFiles(folder).load()))
    expect(taken.flat()).toEqual([lease(4000)])
    // Still there, should this process crash before it has released them.
    expect(readdirSync(folder)).toHaveLength(1)
  }))
