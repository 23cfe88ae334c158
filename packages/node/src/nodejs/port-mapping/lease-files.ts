import { makeFolders } from '@p2pd/netif/node'
import { randomUUID } from 'node:crypto'
import { readdir, rename, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { LeaseStore, SavedLease } from '@p2pd/portmap'
import { fileLeaseStore } from '@p2pd/portmap/node'

/**
 * Remembers a node's port mappings in a folder, in a file of its own with mode 0600. It takes over those of processes of
 * this host that ended without releasing them. The name of a file tells its process, so that nodes which run at once
 * leave each other's mappings alone.
 */
export function leaseFiles(folder: string): LeaseStore {
  const host = hostname().replaceAll(/[^\w.]/g, '_')
  const nameOf = (pid: number) => `port-mappings-${host}-${pid}-${randomUUID()}.json`
  const own = join(folder, nameOf(process.pid))
  const store = fileLeaseStore(own)
  return {
    async load() {
      makeFolders(folder, 0o700)
      const found = await readdir(folder)
      const left = found.filter((name) => isLeftBy(name, host))
      const halves = found.filter(
        (name) => isLeftBy(name.replace(/\.\d+\.tmp$/, ''), host) && !left.includes(name),
      )
      await Promise.all(halves.map((name) => unlink(join(folder, name)).catch(ignoreMissing)))
      const leases = (await Promise.all(left.map((name) => takeOver(join(folder, name), own)))).flat()
      if (leases.length > 0) await store.save(leases)
      return leases
    },
    async save(leases) {
      if (leases.length > 0) return store.save(leases)
      await unlink(own).catch(ignoreMissing)
    },
  }
}

/** Whether a file is that of a process of this host which has ended; one that it was writing has a longer name. */
function isLeftBy(name: string, host: string): boolean {
  const [, owner, pid] = /^port-mappings-([\w.]+)-(\d+)-[\w-]+\.json$/.exec(name) ?? []
  return owner === host && pid !== undefined && !isRunning(Number(pid))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It runs, as another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Of several nodes that start at once one gets the file: the one that has renamed it. */
async function takeOver(file: string, own: string): Promise<readonly SavedLease[]> {
  const taken = `${own}.${randomUUID()}`
  try {
    await rename(file, taken)
  } catch {
    return []
  }
  // A file that cannot be read tells nothing: its mappings end by themselves.
  const leases = await fileLeaseStore(taken)
    .load()
    .catch(() => [])
  await unlink(taken).catch(ignoreMissing)
  return leases
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
