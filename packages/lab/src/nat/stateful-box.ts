import type { TransportAddress } from '@p2pd/netif'
import type { Emission, Middlebox, Side } from '../middlebox.ts'
import type { IcmpPacket, Packet } from '../packet.ts'
import type { Dependency } from './dependency.ts'
import { admits, passes } from './filter.ts'
import { Mapping, MappingTable } from './mapping-table.ts'
import { icmpError, isIcmpError, readdress, remoteOf, resetFor } from './packet-parts.ts'
import { type ForwardedTo, PortForwarding } from './port-forwarding.ts'
import { RateLimit } from './rate-limit.ts'
import {
  defaultLifetimes,
  defaultTraffic,
  defaultUnsolicited,
  type Lifetimes,
  type NatSettings,
  type TrafficSettings,
  type Unsolicited,
} from './settings.ts'
import { followTcp, newTcpState, tcpLifetime } from './tcp-state.ts'
import type { Translation } from './translation.ts'

/** The settings that NATs and firewalls share. */
export type StatefulSettings = Pick<
  NatSettings,
  'lifetimes' | 'unsolicited' | 'traffic' | 'hairpinning' | 'ports'
> & {
  readonly filtering: Readonly<Record<'udp' | 'tcp', Dependency>>
}

/** A box that keeps state for connections: a NAT or a firewall, by its translation. RFC 4787, 5382, 5508. */
export class StatefulBox implements Middlebox {
  readonly #translation: Translation
  readonly #filtering: Readonly<Record<Packet['protocol'], Dependency>>
  readonly #hairpinning: boolean
  readonly #lifetimes: Lifetimes
  readonly #unsolicited: Unsolicited
  readonly #traffic: TrafficSettings
  readonly #newMappings: Record<Packet['protocol'], RateLimit>
  readonly #table: MappingTable
  readonly #forwarding: PortForwarding

  constructor(settings: StatefulSettings, translation: Translation, forwardedTo?: ForwardedTo) {
    this.#table = new MappingTable(settings.ports)
    this.#forwarding = new PortForwarding(forwardedTo)
    this.#translation = translation
    // The remote end of an echo has no port, so both kinds of dependency are the same.
    this.#filtering = { ...settings.filtering, icmp: 'address-dependent' }
    this.#hairpinning = settings.hairpinning ?? false
    this.#lifetimes = { ...defaultLifetimes, ...settings.lifetimes }
    this.#unsolicited = { ...defaultUnsolicited, ...settings.unsolicited }
    this.#traffic = { ...defaultTraffic, ...settings.traffic }
    const limit = () => new RateLimit(this.#traffic.newMappingsPerSecond)
    this.#newMappings = { udp: limit(), tcp: limit(), icmp: limit() }
  }

  receive(packet: Packet, side: Side, now: number): Emission[] {
    this.#table.sweep(now)
    const remotePort = side === 'inside' ? packet.destination.port : packet.source.port
    if (!passes(this.#traffic, packet, remotePort)) return this.#refuse(packet, side)
    if (isIcmpError(packet))
      return side === 'inside' ? this.#errorOut(packet, now) : this.#errorIn(packet, now)
    if (side === 'outside') return this.#inbound(packet, now)
    return this.#translation.owns(packet.destination.ip)
      ? this.#hairpin(packet, now)
      : this.#outbound(packet, now)
  }

  restart(): void {
    this.#table.clear()
    this.#forwarding.clear()
    this.#translation.restart()
  }

  #outbound(packet: Packet, now: number): Emission[] {
    const remote = remoteOf(packet, 'destination')
    const mapping = this.#forwarding.fromInside(packet, remote, now) ?? this.#mappingFor(packet, remote, now)
    if (mapping === undefined) return []
    this.#touch(mapping, packet, remote, 'inside', now)
    return [{ side: 'outside', packet: readdress(packet, 'source', mapping.external) }]
  }

  #mappingFor(packet: Packet, remote: TransportAddress, now: number): Mapping | undefined {
    const { protocol, source: internal } = packet
    const key = this.#translation.remoteKey(protocol, internal, remote)
    const mapping = this.#table.fromInside(protocol, internal, key, now)
    if (mapping?.session(remote, now) !== undefined) return mapping
    // RFC 5382 REQ-1: a connection begins with a SYN; any other segment belongs to a forgotten connection.
    if (packet.protocol === 'tcp' && (!packet.flags.syn || packet.flags.rst)) return undefined
    return mapping ?? this.#newMapping(protocol, internal, remote, now)
  }

  #newMapping(
    protocol: Packet['protocol'],
    internal: TransportAddress,
    remote: TransportAddress,
    now: number,
  ): Mapping | undefined {
    if (!this.#newMappings[protocol].admit(now)) return undefined
    const key = this.#translation.remoteKey(protocol, internal, remote)
    const isMapped = (external: TransportAddress) =>
      this.#table.fromOutside(protocol, external, key, now) !== undefined ||
      this.#forwarding.has(protocol, external, now)
    const external = this.#translation.assign(protocol, internal, isMapped, now)
    if (external === undefined) return undefined
    const mapping = new Mapping(protocol, internal, external, now + this.#lifetimes.absoluteMs)
    this.#table.add(mapping, this.#translation.remoteKey(protocol, internal, remote))
    return mapping
  }

  #inbound(packet: Packet, now: number): Emission[] {
    const remote = remoteOf(packet, 'source')
    const forwarded = this.#forwarding.fromOutside(packet, now)
    const key = this.#translation.remoteKey(packet.protocol, packet.destination, remote)
    const kept = this.#table.fromOutside(packet.protocol, packet.destination, key, now)
    // A firewall's opening has the port that the host may have begun other connections from.
    const mapping = kept?.session(remote, now) === undefined ? (forwarded ?? kept) : kept
    const isAdmitted = (found: Mapping) =>
      found === forwarded || admits(this.#filtering[packet.protocol], found, remote, now)
    if (mapping === undefined || !isAdmitted(mapping)) return this.#turnAway(packet)
    const known = mapping.session(remote, now) !== undefined
    if (packet.protocol === 'tcp' && !known && !packet.flags.syn) return []
    this.#touch(mapping, packet, remote, 'outside', now)
    return [{ side: 'inside', packet: readdress(packet, 'destination', mapping.internal) }]
  }

  #touch(mapping: Mapping, packet: Packet, remote: TransportAddress, from: Side, now: number): void {
    if (packet.protocol !== 'tcp') return mapping.keep(remote, undefined, now + this.#lifetimes.idleMs)
    const tcp = followTcp(mapping.session(remote, now)?.tcp ?? newTcpState, packet.flags, from)
    mapping.keep(remote, tcp, now + tcpLifetime(tcp, this.#lifetimes))
  }

  /** Translates a packet both ways, so that both hosts see only external endpoints. RFC 4787 REQ-9. */
  #hairpin(packet: Packet, now: number): Emission[] {
    if (!this.#hairpinning) return []
    return this.#outbound(packet, now)
      .flatMap((out) => this.#inbound(out.packet, now))
      .flatMap((back) => (back.side === 'inside' ? [back] : this.receive(back.packet, 'outside', now)))
      .filter(({ side }) => side === 'inside')
  }

  #turnAway(packet: Packet): Emission[] {
    if (packet.protocol === 'udp' && this.#unsolicited.udp === 'icmp')
      return [{ side: 'outside', packet: icmpError('port-unreachable', packet) }]
    if (packet.protocol !== 'tcp' || !packet.flags.syn || packet.flags.ack) return []
    switch (this.#unsolicited.tcp) {
      case 'drop':
        return []
      case 'rst':
        return [{ side: 'outside', packet: resetFor(packet) }]
      case 'icmp':
        return [{ side: 'outside', packet: icmpError('administratively-prohibited', packet) }]
    }
  }

  #refuse(packet: Packet, side: Side): Emission[] {
    if (!this.#traffic.rejects || side === 'outside' || isIcmpError(packet)) return []
    return [{ side, packet: icmpError('administratively-prohibited', packet) }]
  }

  /** Forwards an error from the Internet about a packet that a mapping sent. RFC 5508 §4.2. */
  #errorIn(packet: IcmpPacket, now: number): Emission[] {
    const { about } = packet
    if (about === undefined) return []
    const remote = about.protocol === 'icmp' ? { ip: about.destination.ip, port: 0 } : about.destination
    const outsideKey = this.#translation.remoteKey(about.protocol, about.source, remote)
    const mapping = this.#table.fromOutside(about.protocol, about.source, outsideKey, now)
    if (mapping?.session(remote, now) === undefined) return []
    const destination = { ip: mapping.internal.ip, port: packet.destination.port }
    return [
      { side: 'inside', packet: { ...packet, destination, about: { ...about, source: mapping.internal } } },
    ]
  }

  /** Forwards an error from an inside host about a packet that came in by a mapping. RFC 5508 §4.2. */
  #errorOut(packet: IcmpPacket, now: number): Emission[] {
    const { about } = packet
    if (about === undefined) return []
    const key = this.#translation.remoteKey(about.protocol, about.destination, about.source)
    const mapping = this.#table.fromInside(about.protocol, about.destination, key, now)
    if (mapping === undefined) return []
    const source = { ip: mapping.external.ip, port: packet.source.port }
    return [
      { side: 'outside', packet: { ...packet, source, about: { ...about, destination: mapping.external } } },
    ]
  }
}
