import { joinBytes } from '@p2pd/netif'
import { TurnError } from '../turn-error.ts'
import { CHANNEL_HEADER_BYTES, isChannelData } from './channel-data.ts'

const STUN_HEADER_BYTES = 20

/** Length fields count up to 65535 bytes, so this is the longest frame: the header of STUN, and a DATA attribute. */
const MAX_FRAME_BYTES = STUN_HEADER_BYTES + 0xffff

/**
 * Cuts a byte stream into STUN messages and ChannelData frames, the padding of frames included. It holds back one frame
 * at most. After an error the stream is useless. RFC 8656 §3.2, §12.5.
 */
export class TurnFramer {
  readonly #maxBytes: number
  #rest: Uint8Array = new Uint8Array(0)

  constructor(maxBytes = MAX_FRAME_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** The frames that the chunk completes; they are views, valid until the chunk is written to. Throws `TURN_MALFORMED`. */
  decode(chunk: Uint8Array): Uint8Array[] {
    const bytes = this.#rest.length === 0 ? chunk : joinBytes(this.#rest, chunk)
    const frames: Uint8Array[] = []
    let start = 0
    for (;;) {
      const length = this.#lengthAt(bytes, start)
      if (length === undefined || bytes.length - start < length) break
      frames.push(bytes.subarray(start, start + length))
      start += length
    }
    this.#rest = new Uint8Array(bytes.subarray(start))
    return frames
  }

  /** Length of the frame at `start`, or undefined while its header is incomplete. */
  #lengthAt(bytes: Uint8Array, start: number): number | undefined {
    const first = bytes[start]
    if (first === undefined) return undefined
    if (first > 0x7f) throw new TurnError('TURN_MALFORMED', `first byte ${first} of a frame`)
    if (bytes.length - start < 4) return undefined
    const field = ((bytes[start + 2] ?? 0) << 8) | (bytes[start + 3] ?? 0)
    const channel = isChannelData(first)
    const length = channel ? (CHANNEL_HEADER_BYTES + field + 3) & ~3 : STUN_HEADER_BYTES + field
    if (length > this.#maxBytes || length % 4 !== 0) {
      throw new TurnError('TURN_MALFORMED', `frame of ${length} bytes`)
    }
    return length
  }
}
