import { joinBytes } from '@p2pd/netif'

/** The remaining length of a packet takes at most so many bytes. MQTT 5.0 §1.5.5. */
const MAX_LENGTH_BYTES = 4

/** Cuts an MQTT byte stream into its packets, however it was cut up on the way. MQTT 5.0 §2.1. */
export class PacketSplitter {
  readonly #maxBytes: number
  /** The bytes of the last packet that have come, fewer than `maxBytes`. */
  #rest: Uint8Array = new Uint8Array()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * The packets that end in this chunk, whole. Undefined once a packet begins that is larger than any that may come, or
   * a chunk that is not a packet. The stream is of no use from then on: a parser would collect up to 256 MB of it.
   */
  push(chunk: Uint8Array): Uint8Array[] | undefined {
    const bytes = this.#rest.length === 0 ? chunk : joinBytes(this.#rest, chunk)
    const packets: Uint8Array[] = []
    let start = 0
    for (let end = packetEnd(bytes, start); end !== undefined; end = packetEnd(bytes, start)) {
      if (end - start > this.#maxBytes) return undefined
      if (end > bytes.length) break
      packets.push(bytes.subarray(start, end))
      start = end
    }
    // A copy, or a few bytes would keep the whole chunk in memory.
    this.#rest = bytes.slice(start)
    return packets
  }
}

/** Where the packet that starts here ends; undefined as long as its length has not come, infinite where it has none. */
function packetEnd(bytes: Uint8Array, start: number): number | undefined {
  const length = decodeVariableLength(bytes, start + 1)
  return length && length.end + length.value
}

/** Seven bits in each byte, the lowest first; the value is infinite when it does not end. MQTT 5.0 §1.5.5. */
export function decodeVariableLength(
  bytes: Uint8Array,
  start: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0
  for (let i = 0; i < MAX_LENGTH_BYTES; i++) {
    const byte = bytes[start + i]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 128 ** i
    if (byte < 0x80) return { value, end: start + i + 1 }
  }
  return { value: Number.POSITIVE_INFINITY, end: start + MAX_LENGTH_BYTES }
}
