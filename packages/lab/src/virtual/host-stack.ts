import {
  checkTransportAddress,
  type Family,
  familyOf,
  type BindOptions,
  NetifError,
  type TransportAddress,
} from '@p2pd/netif'
import type { PlannedNic } from '../address-plan.ts'
import { DEFAULT_TTL, icmpError, isIcmpError } from '../nat/packet-parts.ts'
import type { IcmpPacket, Packet, TcpPacket, UdpPacket } from '../packet.ts'
import type { Random } from '../random.ts'
import type { Attachment, Link } from './fabric.ts'
import type { Scheduler } from './scheduler.ts'

/** Delay of a packet from a host to itself. */
const LOOPBACK_MS = 0.05

const LOOPBACK: Readonly<Record<Family, string>> = { IPv4: '127.0.0.1', IPv6: '::1' }

/** A NIC of a virtual host. */
export interface VirtualNic {
  readonly plan: PlannedNic
  readonly link: Link
}

/** The protocols of a host, which take its packets. */
export interface ProtocolHandlers {
  udp(packet: UdpPacket): void
  tcp(packet: TcpPacket): void
  /** Takes an ICMP error about a segment of this host. */
  tcpError(packet: IcmpPacket): void
}

/** The Internet layer of a host: addresses, routes, ICMP. RFC 1122 §3. */
export class HostStack {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly nics: VirtualNic[] = []
  handlers: ProtocolHandlers | undefined
  readonly #pings = new Map<number, () => void>()

  constructor(scheduler: Scheduler, random: Random) {
    this.scheduler = scheduler
    this.random = random
  }

  /** The attachment of a NIC to its link. */
  attachment(name: string): Attachment {
    return { name, receive: (packet) => this.#receive(packet) }
  }

  has(ip: string): boolean {
    return isLoopback(ip) || this.nics.some(({ plan }) => plan.addresses.some((address) => address.ip === ip))
  }

  /** The checked address to bind to; with a NIC its address replaces `0.0.0.0` and `::`. */
  bindAddress({ local, interfaceName }: BindOptions): TransportAddress {
    checkTransportAddress(local)
    if (interfaceName === undefined) {
      if (isUnspecified(local.ip) || this.has(local.ip)) return local
      throw new NetifError('NETIF_ADDRESS_NOT_AVAILABLE', `no NIC has the address ${local.ip}`)
    }
    const nic = this.nics.find(({ plan }) => plan.name === interfaceName)
    if (nic === undefined) throw new NetifError('NETIF_NOT_FOUND', `no NIC ${JSON.stringify(interfaceName)}`)
    const own = nic.plan.addresses.filter(({ family }) => family === familyOf(local.ip))
    const found = isUnspecified(local.ip) ? own[0] : own.find(({ ip }) => ip === local.ip)
    if (found === undefined)
      throw new NetifError('NETIF_ADDRESS_NOT_AVAILABLE', `NIC ${interfaceName} has no address ${local.ip}`)
    return { ip: found.ip, port: local.port }
  }

  /** The source address towards a remote one, or undefined when there is no route. RFC 6724 §5. */
  sourceFor(remoteIp: string): string | undefined {
    if (isLoopback(remoteIp)) return LOOPBACK[familyOf(remoteIp)]
    if (this.has(remoteIp)) return remoteIp
    const family = familyOf(remoteIp)
    const own = this.nics.filter(({ link }) => link.up).flatMap(({ plan }) => plan.addresses)
    const usable = own.filter((address) => address.family === family)
    return (usable.find((address) => isOnLink(remoteIp, address.ip, address.prefixLength)) ?? usable[0])?.ip
  }

  /** Sends a packet through the NIC that has its source address. */
  send(packet: Packet): void {
    if (this.has(packet.destination.ip)) {
      this.scheduler.schedule(this.scheduler.now() + LOOPBACK_MS, () => this.#receive(packet))
      return
    }
    const { ip } = packet.source
    this.nics.find(({ plan }) => plan.addresses.some((address) => address.ip === ip))?.link.sendUp(packet)
  }

  /** Answers a packet without a socket. */
  refuse(packet: UdpPacket): void {
    this.send(icmpError('port-unreachable', packet))
  }

  /** Round-trip time of an ICMP echo in ms; never settles when nothing comes back. RFC 792. */
  ping(ip: string, identifier: number): Promise<number> {
    const sentAt = this.scheduler.now()
    const source = { ip: this.sourceFor(ip) ?? LOOPBACK[familyOf(ip)], port: identifier }
    const echo = {
      protocol: 'icmp',
      kind: 'echo-request',
      ttl: DEFAULT_TTL,
      payload: new Uint8Array(8),
    } as const
    return new Promise((resolve) => {
      this.#pings.set(identifier, () => resolve(this.scheduler.now() - sentAt))
      this.send({ ...echo, source, destination: { ip, port: identifier } })
    })
  }

  #receive(packet: Packet): void {
    if (!this.has(packet.destination.ip)) return
    switch (packet.protocol) {
      case 'udp':
        return this.handlers?.udp(packet)
      case 'tcp':
        return this.handlers?.tcp(packet)
      case 'icmp':
        return this.#receiveIcmp(packet)
    }
  }

  #receiveIcmp(packet: IcmpPacket): void {
    if (isIcmpError(packet)) {
      if (packet.about?.protocol === 'tcp') this.handlers?.tcpError(packet)
    } else if (packet.kind === 'echo-request') {
      const { source, destination } = packet
      this.send({ ...packet, kind: 'echo-reply', source: destination, destination: source, ttl: DEFAULT_TTL })
    } else {
      this.scheduler.touch()
      this.#pings.get(packet.destination.port)?.()
    }
  }
}

export function isUnspecified(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::'
}

function isLoopback(ip: string): boolean {
  return ip === '::1' || ip.startsWith('127.')
}

/** Whether an address is on a NIC's link. Lab addresses are written as `network::host` or in full. */
function isOnLink(ip: string, own: string, prefixLength: number): boolean {
  if (familyOf(ip) === 'IPv6') return ip.slice(0, ip.indexOf('::')) === own.slice(0, own.indexOf('::'))
  const number = (text: string) => text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  const size = 2 ** (32 - prefixLength)
  return Math.floor(number(ip) / size) === Math.floor(number(own) / size)
}
