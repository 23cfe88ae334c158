import { makeFolders, readAtMost } from '@p2pd/netif/node'
import { rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { LeaseStore, SavedLease } from '../lease/lease-store.ts'
import { isSavedLease } from '../lease/saved-lease.ts'

/** A file written by others, or by accident, is not read into memory whole. */
const MAX_BYTES = 1024 * 1024

/**
 * Keeps leases in a JSON file, written whole and renamed into place. Only its owner can read it: whoever has the
 * nonces can take the mappings over. `load` and `save` reject with the error of the file system, and `load` with a
 * `SyntaxError` when the file is not JSON.
 */
export function fileLeaseStore(path: string): LeaseStore {
  return {
    async load() {
      const bytes = await readAtMost(path, MAX_BYTES).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return Buffer.from('[]')
        throw error
      })
      if (bytes === undefined) return []
      const leases: unknown = JSON.parse(new TextDecoder().decode(bytes))
      return Array.isArray(leases) ? leases.filter(isSavedLease) : []
    },
    async save(leases: readonly SavedLease[]) {
      makeFolders(dirname(path), 0o700)
      const temporary = `${path}.${process.pid}.tmp`
      await writeFile(temporary, `${JSON.stringify(leases, undefined, 2)}\n`, { mode: 0o600 })
      await rename(temporary, path)
    },
  }
}
