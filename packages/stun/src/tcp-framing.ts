import { joinBytes } from '@p2pd/netif'
import { copyOf } from './attributes/raw-attributes.ts'
import { HEADER_BYTES } from './message-header.ts'
import { StunError } from './stun-error.ts'

/** Larger than any message of this library or of a Binding server. */
const DEFAULT_MAX_BYTES = 2048

/**
 * Cuts a byte stream into whole messages, by their length fields. It holds back `maxBytes` at most. After an error the
 * stream is useless. RFC 8489 §6.2.2.
 */
export class MessageFramer {
  readonly #maxBytes: number
  #rest: Uint8Array = new Uint8Array(0)

  constructor(maxBytes = DEFAULT_MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** The messages that the chunk completes, still encoded. Throws `STUN_MALFORMED`. */
  decode(chunk: Uint8Array): Uint8Array[] {
    const bytes = this.#rest.length === 0 ? chunk : joinBytes(this.#rest, chunk)
    const messages: Uint8Array[] = []
    let start = 0
    for (
      let length = this.#lengthAt(bytes, start);
      length !== undefined;
      length = this.#lengthAt(bytes, start)
    ) {
      messages.push(copyOf(bytes, start, start + length))
      start += length
    }
    this.#rest = copyOf(bytes, start)
    return messages
  }

  /** Length of the message at `start`, or undefined while it is incomplete. */
  #lengthAt(bytes: Uint8Array, start: number): number | undefined {
    const first = bytes[start]
    if (first !== undefined && first > 0x3f) {
      throw new StunError('STUN_MALFORMED', `first byte ${first} of a frame: not a STUN message`)
    }
    if (bytes.length - start < 4) return undefined
    const length = HEADER_BYTES + (((bytes[start + 2] ?? 0) << 8) | (bytes[start + 3] ?? 0))
    if (length % 4 !== 0 || length > this.#maxBytes) {
      throw new StunError(
        'STUN_MALFORMED',
        `frame of ${length} bytes: no multiple of 4 up to ${this.#maxBytes}`,
      )
    }
    return bytes.length - start < length ? undefined : length
  }
}
