import type { ByteStream } from '@p2pd/netif'
import { CONNECTION_ID_LENGTH } from './hello.ts'
import { readExactly, take } from './take.ts'

/**
 * What a peer that dials back says first, in the clear: this byte, then the connection id of the call
 * it answers. A TLS client's first byte is another (22, handshake: RFC 8446 §5.1).
 */
const DIALLED_BACK = 0x70

/** How an incoming stream begins. */
export type Opening =
  | { readonly type: 'caller' }
  | { readonly type: 'dialled-back'; readonly connectionId: Uint8Array }

/** Encodes the preamble of a connection that is dialled back. */
export function encodePreamble(connectionId: Uint8Array): Uint8Array {
  return Uint8Array.of(DIALLED_BACK, ...connectionId)
}

/** Reads the preamble of an incoming stream when it has one; a caller's TLS is left as it is. */
export function readOpening(stream: ByteStream, signal: AbortSignal): Promise<Opening> {
  let isDialledBack = false
  const read = (): Opening | undefined => {
    if (!isDialledBack) {
      const first = readExactly(stream, 1)
      if (first === undefined) return undefined
      isDialledBack = first[0] === DIALLED_BACK
      if (!isDialledBack) {
        stream.unshift(first)
        return { type: 'caller' }
      }
    }
    const connectionId = readExactly(stream, CONNECTION_ID_LENGTH)
    return connectionId && { type: 'dialled-back', connectionId }
  }
  return take(stream, read, 'it was closed before it said anything', signal)
}
