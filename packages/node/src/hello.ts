import type { ByteStream } from '@p2pd/netif'
import { NodeError } from './node-error.ts'

/** Bytes of the random number that names one `connect`, on every path it tries. */
export const CONNECTION_ID_LENGTH = 16

/**
 * Reads the hello: the connection id with which the caller nominates one of the streams it
 * authenticated (RFC 8445 §8.1.1). It is the first thing on the stream; what follows is the application's alone.
 */
export function readHello(stream: ByteStream, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      stream.off('readable', read)
      stream.off('close', closed)
      stream.off('end', closed)
      stream.off('error', failed)
      signal.removeEventListener('abort', aborted)
      settle()
    }
    const read = () => {
      const hello = stream.read(CONNECTION_ID_LENGTH) as Uint8Array | null
      if (hello?.length === CONNECTION_ID_LENGTH) finish(() => resolve(hello))
    }
    const closed = () => finish(() => reject(new NodeError('NODE_CLOSED', 'the caller chose another path')))
    const failed = (error: Error) => finish(() => reject(error))
    const aborted = () => finish(() => reject(signal.reason as Error))
    if (signal.aborted) return reject(signal.reason as Error)
    stream.on('readable', read)
    stream.on('close', closed)
    stream.on('end', closed)
    stream.on('error', failed)
    signal.addEventListener('abort', aborted)
  })
}
