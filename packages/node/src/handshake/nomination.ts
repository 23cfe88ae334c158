import type { ByteStream } from '@p2pd/netif'
import { readExactly, readPrefix } from './read-prefix.ts'

/** Bytes of the random number that names one `connect`, on every path it tries. */
export const CONNECTION_ID_LENGTH = 16

/**
 * Reads the hello: the connection id with which the caller nominates one of the streams it
 * authenticated (RFC 8445 §8.1.1). It is the first thing on the stream; what follows is the application's alone. A stream
 * that is not nominated is closed.
 */
export async function readNomination(stream: ByteStream, signal: AbortSignal): Promise<Uint8Array> {
  const read = () => readExactly(stream, CONNECTION_ID_LENGTH)
  try {
    return await readPrefix(stream, read, 'the caller chose another path', signal)
  } catch (error) {
    stream.destroy()
    throw error
  }
}
