import { type ByteStream, joinBytes } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'
import { encodeFrame, FrameType, readFrame } from './frame.ts'
import { CONNECTION_ID_LENGTH } from './nomination-frame.ts'
import { readExactly, readPrefix } from './read-prefix.ts'

/**
 * Bytes of a mask. The caller chooses both the connection id and where it is sent. Without a mask the caller would choose
 * bytes that the peer sends to a stranger's server. RFC 6455 §10.3.
 */
export const MASK_LENGTH = CONNECTION_ID_LENGTH

/** How an incoming stream begins. */
export type Opening =
  | { readonly type: 'caller' }
  | { readonly type: 'dialled-back'; readonly connectionId: Uint8Array }

/**
 * Encodes the preamble by which a peer that dials back begins, in the clear. The preamble is a frame with a mask, then the
 * connection id of the call it answers, masked. Each preamble has a mask of random bytes of its own.
 */
export function encodePreamble(connectionId: Uint8Array, mask: Uint8Array): Uint8Array {
  return encodeFrame({ type: FrameType.DialledBack, body: joinBytes(mask, masked(connectionId, mask)) })
}

/**
 * Takes the preamble off an incoming stream when it has one; a stream that begins otherwise is a caller's and is left as
 * it is. Bytes after the known ones are skipped. Throws `NODE_CLOSED` when the stream ends before, and
 * `NODE_BAD_MESSAGE` when the preamble is too short or too long.
 */
export async function readOpening(stream: ByteStream, signal: AbortSignal): Promise<Opening> {
  const closed = 'the other side closed the connection before the handshake'
  const first = await readPrefix(stream, () => readExactly(stream, 1), closed, signal)
  stream.unshift(first)
  if (first[0] !== FrameType.DialledBack) return { type: 'caller' }
  const { body } = await readFrame(stream, [FrameType.DialledBack], closed, signal)
  const [mask, id] = [
    body.subarray(0, MASK_LENGTH),
    body.subarray(MASK_LENGTH, MASK_LENGTH + CONNECTION_ID_LENGTH),
  ]
  if (id.length !== CONNECTION_ID_LENGTH)
    throw new NodeError('NODE_BAD_MESSAGE', 'preamble refused: too short')
  return { type: 'dialled-back', connectionId: masked(id, mask) }
}

/** Masks, and unmasks. RFC 6455 §5.3. */
function masked(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => byte ^ (mask[index] ?? 0))
}
