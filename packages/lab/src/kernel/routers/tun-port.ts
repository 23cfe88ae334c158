import type { IcmpPacket, Packet, TcpPacket } from '../../packet.ts'
import { quote } from '../packets/icmp-codec.ts'
import { decodePacket, encodePacket } from '../packets/packet-codec.ts'
import { rewritePacket } from '../packets/rewrite-packet.ts'

/** Handshakes that an ICMP error may still refer to; a busy host has a few hundred at once. */
const REMEMBERED_SYNS = 512

/** The kernel's bytes by the payload of the decoded packet. Boxes pass payloads on unchanged, so the key stays. */
const originals = new WeakMap<Uint8Array, Uint8Array>()

/** Converts the packets of a host's kernel to packets of the fabric, and back. */
export class TunPort {
  readonly #syns = new Map<string, Uint8Array>()

  /** Undefined for packets that lab routers do not carry. */
  fromKernel(bytes: Uint8Array): Packet | undefined {
    const packet = decodePacket(bytes)
    if (packet === undefined) return undefined
    originals.set(packet.payload, bytes)
    if (packet.protocol === 'tcp' && packet.flags.syn) this.#remember(packet, bytes)
    return packet
  }

  toKernel(packet: Packet): Uint8Array {
    const isUnquoted = packet.protocol === 'icmp' && packet.about !== undefined && packet.payload.length === 0
    return packetBytes(isUnquoted ? this.#quoting(packet) : packet)
  }

  /** A kernel accepts an error about a handshake only when it quotes the sequence number. RFC 5927 §4. */
  #quoting(error: IcmpPacket): IcmpPacket {
    const syn = this.#syns.get(flowOf(error.about as NonNullable<IcmpPacket['about']>))
    return syn === undefined ? error : { ...error, payload: syn }
  }

  #remember(packet: TcpPacket, bytes: Uint8Array): void {
    const [oldest] = this.#syns.keys()
    if (oldest !== undefined && this.#syns.size >= REMEMBERED_SYNS) this.#syns.delete(oldest)
    this.#syns.set(flowOf(packet), quote(bytes))
  }
}

/** The bytes of the packet on the wire: those of the kernel, with the addresses that boxes wrote. */
export function packetBytes(packet: Packet): Uint8Array {
  const original = originals.get(packet.payload)
  return rewritePacket(original?.slice() ?? encodePacket(packet), packet)
}

function flowOf({
  protocol,
  source,
  destination,
}: Pick<Packet, 'protocol' | 'source' | 'destination'>): string {
  return `${protocol} ${source.ip} ${source.port} ${destination.ip} ${destination.port}`
}
