import type { ByteStream } from '@p2pd/netif'
import { CONNECTION_ID_LENGTH } from './nomination.ts'
import { readExactly, readPrefix } from './read-prefix.ts'

/**
 * What a peer that dials back says first, in the clear: this byte, a mask, then the connection id of the call it answers,
 * masked. A TLS client's first byte is another (22, handshake: RFC 8446 §5.1).
 */
const DIALLED_BACK = 0x70

/**
 * Bytes of a mask. The caller chooses both the connection id and where it is sent: without a mask it would choose the words
 * that a stranger's server gets to hear. RFC 6455 §10.3.
 */
export const MASK_LENGTH = CONNECTION_ID_LENGTH

/** How an incoming stream begins. */
export type Opening =
  | { readonly type: 'caller' }
  | { readonly type: 'dialled-back'; readonly connectionId: Uint8Array }

/** Encodes the preamble of a connection that is dialled back; the mask is random bytes of its own. */
export function encodePreamble(connectionId: Uint8Array, mask: Uint8Array): Uint8Array {
  return Uint8Array.of(DIALLED_BACK, ...mask, ...masked(connectionId, mask))
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
    const rest = readExactly(stream, MASK_LENGTH + CONNECTION_ID_LENGTH)
    const [mask, words] = [rest?.subarray(0, MASK_LENGTH), rest?.subarray(MASK_LENGTH)]
    return mask && words && { type: 'dialled-back', connectionId: masked(words, mask) }
  }
  return readPrefix(stream, read, 'it was closed before it said anything', signal)
}

/** Masks, and unmasks. RFC 6455 §5.3. */
function masked(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => byte ^ (mask[index] ?? 0))
}
