import type { ByteStream } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'
import { readExactly, readPrefix } from './read-prefix.ts'

/**
 * A unit of the bytes before those of the application: type (1 byte), length (2 bytes, big-endian) and so many
 * bytes of body. A reader skips the types it does not know.
 */
export interface Frame {
  readonly type: number
  readonly body: Uint8Array
}

/** Types of frames. Those from 0x70 on come in the clear, where TLS begins with 0x16 (RFC 8446 §5.1). */
export const FrameType = {
  Nomination: 0x01,
  Reply: 0x02,
  DialledBack: 0x70,
  PlainOffer: 0x71,
  PlainRefusal: 0x72,
  PlainAnswer: 0x73,
  PlainProof: 0x74,
} as const

/** Bytes of a frame's type and length. */
export const FRAME_HEADER_LENGTH = 3
/** Several times the longest body there is; a longer one is refused before it is read. */
export const MAX_FRAME_BODY = 2048
/** Frames of unknown types in front of the one that is waited for: a stream of them must not go on for ever. */
export const MAX_SKIPPED_FRAMES = 16

/** Encodes a frame. */
export function encodeFrame({ type, body }: Frame): Uint8Array {
  return Uint8Array.of(type, body.length >> 8, body.length & 0xff, ...body)
}

/** The type of a frame and the length of its body. Throws `NODE_BAD_MESSAGE` when the body is too long. */
export function decodeFrameHeader([type = 0, high = 0, low = 0]: Uint8Array): {
  readonly type: number
  readonly length: number
} {
  const length = high * 256 + low
  if (length > MAX_FRAME_BODY) {
    throw new NodeError('NODE_BAD_MESSAGE', `a frame of ${length} bytes: at most ${MAX_FRAME_BODY} are read`)
  }
  return { type, length }
}

/** The error when no frame of a known type comes after so many others. */
export function tooManyFrames(): NodeError {
  return new NodeError('NODE_BAD_MESSAGE', `more than ${MAX_SKIPPED_FRAMES} frames of unknown types`)
}

/**
 * Takes the next frame of one of these types off a stream, and those of other types before it. The rest stays on the
 * stream. `closed` is what an early end means. Throws `NODE_BAD_MESSAGE` when a frame is too long or does not come after
 * 16 others, and `NODE_CLOSED` when the stream ends before.
 */
export async function readFrame(
  stream: ByteStream,
  types: readonly number[],
  closed: string,
  signal: AbortSignal,
): Promise<Frame> {
  const read = (length: number) => readPrefix(stream, () => readExactly(stream, length), closed, signal)
  for (let skipped = 0; skipped <= MAX_SKIPPED_FRAMES; skipped++) {
    const { type, length } = decodeFrameHeader(await read(FRAME_HEADER_LENGTH))
    const body = length === 0 ? new Uint8Array() : new Uint8Array(await read(length))
    if (types.includes(type)) return { type, body }
  }
  throw tooManyFrames()
}
