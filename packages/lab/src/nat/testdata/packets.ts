import { parseTransportAddress, type TransportAddress } from '@p2pd/netif'
import type { Middlebox, Side } from '../../middlebox.ts'
import type { IcmpPacket, Packet, TcpFlags, TcpPacket, UdpPacket } from '../../packet.ts'
import { createRandom } from '../../random.ts'
import { createBox } from '../create-box.ts'
import type { BoxSettings } from '../settings.ts'

export const EXTERNAL = '5.5.0.1'
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

type Endpoint = string | TransportAddress
const endpoint = (value: Endpoint): TransportAddress =>
  typeof value === 'string' ? parseTransportAddress(value) : value

export function udp(from: Endpoint, to: Endpoint): UdpPacket {
  const payload = bytes('x')
  return { protocol: 'udp', source: endpoint(from), destination: endpoint(to), ttl: 64, payload }
}

/** `tcp(a, b, 'syn')`, `tcp(a, b, 'syn', 'ack')`. */
export function tcp(from: Endpoint, to: Endpoint, ...set: (keyof TcpFlags)[]): TcpPacket {
  const none: TcpFlags = { syn: false, ack: false, fin: false, rst: false }
  const flags: TcpFlags = { ...none, ...Object.fromEntries(set.map((flag) => [flag, true])) }
  const numbers = { sequence: 1000, acknowledgement: 0, window: 65535, options: new Uint8Array() }
  const ends = { source: endpoint(from), destination: endpoint(to) }
  return { protocol: 'tcp', ...ends, ttl: 64, flags, ...numbers, payload: new Uint8Array() }
}

export function echo(kind: 'echo-request' | 'echo-reply', from: string, to: string, id: number): IcmpPacket {
  const ends = { source: { ip: from, port: id }, destination: { ip: to, port: id } }
  return { protocol: 'icmp', kind, ...ends, ttl: 64, payload: bytes('ping') }
}

/** A box, with methods that send a packet through it. */
export class BoxBench {
  readonly box: Middlebox
  now = 0

  constructor(settings: BoxSettings, { external = [EXTERNAL], seed = 1 }: { external?: string[]; seed?: number } = {}) {
    this.box = createBox(settings, { external, random: createRandom(seed) })
  }

  /** The packet on the other side, or undefined when the box dropped it. */
  through(packet: Packet, side: Side): Packet | undefined {
    return this.box.receive(packet, side, this.now).find((emission) => emission.side !== side)?.packet
  }

  /** The external endpoint of an inside endpoint that sends. */
  mapped(from: Endpoint, to: Endpoint): TransportAddress | undefined {
    return this.through(udp(from, to), 'inside')?.source
  }

  mappedPort(from: Endpoint, to: Endpoint): number | undefined {
    return this.mapped(from, to)?.port
  }

  /** The inside endpoint that a datagram from outside reaches, or undefined. */
  delivered(from: Endpoint, to: Endpoint): TransportAddress | undefined {
    return this.through(udp(from, to), 'outside')?.destination
  }

  /** The answer of the box itself, on the side that the packet came from. */
  answer(packet: Packet, side: Side): Packet | undefined {
    return this.box.receive(packet, side, this.now).find((emission) => emission.side === side)?.packet
  }
}
