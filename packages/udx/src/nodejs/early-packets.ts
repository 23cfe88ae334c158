/** udx' header: magic, version, type, data offset, then the receiver's stream id in little-endian order. */
const MAGIC = 0xff
const VERSION = 1
const HEADER_LENGTH = 20
const ID_OFFSET = 4

/** udx' first window has ten packets. A stranger can fill the buffer; udx resends a lost packet after a second. */
const MAX_PACKETS = 16

/**
 * udx packets that came before their stream was opened, because the other end was sure of the path first.
 * Without this buffer the stream would start a second late, when udx resends them.
 */
export class EarlyPackets {
  #packets: Buffer[] = []

  keep(packet: Buffer): void {
    if (packet.length < HEADER_LENGTH || packet[0] !== MAGIC || packet[1] !== VERSION) return
    this.#packets.push(packet)
    if (this.#packets.length > MAX_PACKETS) this.#packets.shift()
  }

  /** The packets for one stream; the other packets are dropped. */
  take(id: number): Buffer[] {
    const wanted = this.#packets.filter((packet) => packet.readUInt32LE(ID_OFFSET) === id)
    this.#packets = []
    return wanted
  }
}
