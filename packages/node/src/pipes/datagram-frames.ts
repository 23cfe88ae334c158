import { joinBytes } from '@p2pd/netif'

/** Bytes of a datagram's length, big-endian, before the datagram. */
const HEADER_LENGTH = 2

/** Encodes one datagram for a stream. UDP carries at most 65,507 bytes, so that its length fits. */
export function encodeDatagram(data: Uint8Array): Uint8Array {
  return joinBytes(Uint8Array.of(data.length >> 8, data.length & 0xff), data)
}

/** Finds the datagrams in the pieces of a stream. */
export class DatagramDecoder {
  #rest: Uint8Array = new Uint8Array()

  /** The datagrams that this piece completes. */
  decode(piece: Uint8Array): Uint8Array[] {
    const found: Uint8Array[] = []
    let bytes = joinBytes(this.#rest, piece)
    for (;;) {
      const [high = 0, low = 0] = bytes
      const end = HEADER_LENGTH + high * 256 + low
      if (bytes.length < HEADER_LENGTH || bytes.length < end) break
      found.push(bytes.slice(HEADER_LENGTH, end))
      bytes = bytes.subarray(end)
    }
    this.#rest = bytes
    return found
  }
}
