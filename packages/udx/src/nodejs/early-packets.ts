/** udx' header: magic, version, type, data offset, then the receiver's stream id in little-endian order. */
const MAGIC = 0xff
const VERSION = 1
const HEADER_LENGTH = 20
const ID_OFFSET = 4

/** Ten packets are udx' first window. Anyone can fill these places; a lost packet is sent again, a second later. */
const MAX_PACKETS = 16

/**
 * udx packets that came before their stream was opened: the other end was sure of the path first. Without
 * them its first second would be lost, because udx sends again only then.
 */
export class EarlyPackets {
  #packets: Buffer[] = []

  keep(packet: Buffer): void {
    if (packet.length < HEADER_LENGTH || packet[0] !== MAGIC || packet[1] !== VERSION) return
    this.#packets.push(packet)
    if (this.#packets.length > MAX_PACKETS) this.#packets.shift()
  }

  /** Those for a stream; the rest is dropped. */
  take(id: number): Buffer[] {
    const wanted = this.#packets.filter((packet) => packet.readUInt32LE(ID_OFFSET) === id)
    this.#packets = []
    return wanted
  }
}
