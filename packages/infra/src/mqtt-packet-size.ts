/** A packet's length takes one to four bytes of seven bits each. MQTT 3.1.1 §2.2.3. */
const MAX_LENGTH_BYTES = 4

/** Reads the length of each packet in an MQTT stream before its body arrives. Holds no bytes. */
export class MqttPacketSize {
  readonly #maxBytes: number
  /** Bytes to come of the current packet. */
  #rest = 0
  /** Position in the fixed header: 0 for its first byte, then 1 to 4 for the bytes of the length. */
  #headerByte = 0
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes the next bytes of the stream; false when a packet is longer than the limit, or malformed. */
  accept(chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length; ) {
      if (this.#rest > 0) {
        const skipped = Math.min(this.#rest, chunk.length - at)
        this.#rest -= skipped
        at += skipped
      } else if (!this.#acceptHeaderByte(chunk[at++] ?? 0)) {
        return false
      }
    }
    return true
  }

  #acceptHeaderByte(byte: number): boolean {
    if (this.#headerByte === 0) {
      this.#headerByte = 1
      this.#length = 0
      return true
    }
    this.#length += (byte & 0x7f) * 128 ** (this.#headerByte - 1)
    const more = (byte & 0x80) !== 0
    if (this.#length > this.#maxBytes || (more && this.#headerByte === MAX_LENGTH_BYTES)) return false
    this.#headerByte = more ? this.#headerByte + 1 : 0
    if (!more) this.#rest = this.#length
    return true
  }
}
