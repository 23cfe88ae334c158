import { systemReason } from '@p2pd/netif'
import { makeFolders } from '@p2pd/netif/node'
import { TransferError } from '../../transfer-error.ts'
import { FileStore, type StoreOptions } from './file-store.ts'
import { PartFolder } from './part-folder.ts'

/** The transfer that a store is opened for: its peer, and its manifest. */
export interface StoredTransfer {
  readonly peer: string
  readonly root: Uint8Array
  readonly entries: number
}

/**
 * Makes the receiving folder when it is missing, and opens the parts of the peer in it.
 *
 * @throws TransferError `TRANSFER_BUSY`, or `TRANSFER_NOT_WRITABLE` when the folder cannot be written.
 */
export async function openStore(
  directory: string,
  { peer, root, entries }: StoredTransfer,
  options: StoreOptions,
): Promise<FileStore> {
  try {
    makeFolders(directory)
    const parts = await PartFolder.open(directory, peer, root, entries)
    return new FileStore(directory, parts, await parts.umask(), options)
  } catch (error) {
    if (error instanceof TransferError) throw error
    const message = `${directory} cannot be written: ${systemReason(error)}`
    const detail = 'the receiving folder cannot be written'
    throw new TransferError('TRANSFER_NOT_WRITABLE', message, { cause: error, detail })
  }
}
