import { abortable, type ByteStream } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'
import type { TransferResult } from '../events.ts'
import { Ending } from './ending.ts'
import { EntrySpool } from './entry-spool.ts'
import { FrameLink } from './frame-link.ts'
import type { ReceiveOptions } from './receive-options.ts'
import { Receiving } from './receiving.ts'

/**
 * Receives what `sendFiles` sends at the other end of a byte stream, into a folder that is made when it is missing. A function
 * is asked for the folder once the user has consented.
 *
 * Files are written below `.p2pd-part` in the folder, then moved to their names. Nothing that exists is changed unless
 * `conflict` allows it, and nothing outside of the folder is touched. Resolves when all files were stored or have failed.
 * The stream is ended.
 *
 * Rejects with a `TransferError` when the transfer stops early: the same call goes on from there. Codes are
 * `TRANSFER_CLOSED`, `TRANSFER_CANCELLED`, `TRANSFER_REFUSED`, `TRANSFER_BUSY`, `TRANSFER_NO_SPACE`, `TRANSFER_DISK_FULL`,
 * `TRANSFER_NOT_WRITABLE`, `TRANSFER_PROTOCOL` and `TRANSFER_MALFORMED`.
 */
export async function receiveFiles(
  stream: ByteStream,
  directory: string | (() => string),
  options: ReceiveOptions,
): Promise<TransferResult> {
  const link = new FrameLink(stream, options.clock ?? systemClock)
  const spool = new EntrySpool()
  const ending = new Ending(options.signal)
  const receiving = new Receiving(link, directory, spool, options, ending.signal)
  let isComplete = false
  try {
    const result = await abortable(receiving.run(), ending.signal)
    isComplete = result.failed === 0
    await link.end()
    return result
  } catch (error) {
    await ending.fail(error, link)
    throw error
  } finally {
    ending.close()
    await receiving.close(isComplete)
    await spool.close()
  }
}
