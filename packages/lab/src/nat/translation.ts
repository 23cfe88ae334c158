import type { TransportAddress } from '@p2pd/netif'
import type { Packet } from '../packet.ts'
import type { Random } from '../random.ts'
import { AddressPool } from './address-pool.ts'
import { remoteKey } from './dependency.ts'
import { OtherSubscribers } from './other-subscribers.ts'
import { PortAllocator } from './port-allocator.ts'
import {
  type Behaviour,
  behaviourOf,
  defaultLifetimes,
  defaultPorts,
  defaultTraffic,
  type NatSettings,
} from './settings.ts'

type Protocol = Packet['protocol']

/** The external endpoints that a box gives to inside endpoints. */
export interface Translation {
  /** Whether the box has this address. */
  owns(ip: string): boolean
  /** The key that selects among the mappings of one inside endpoint. RFC 4787 §4.1. */
  remoteKey(protocol: Protocol, remote: TransportAddress): string
  /** The external endpoint of a new mapping, or undefined when none is left. */
  assign(
    protocol: Protocol,
    internal: TransportAddress,
    isMapped: (external: TransportAddress) => boolean,
    now: number,
  ): TransportAddress | undefined
  restart(): void
}

/** A firewall's translation: each host keeps its own address. */
export const noTranslation: Translation = {
  owns: () => false,
  remoteKey: () => '*',
  assign: (_protocol, internal) => internal,
  restart() {},
}

/** A NAT's translation: external addresses from a pool, ports by a delta rule for each protocol. RFC 4787 §4. */
export class PortTranslation implements Translation {
  readonly #settings: NatSettings
  readonly #random: Random
  readonly #pool: AddressPool
  #ports: Record<Protocol, ProtocolPorts>

  constructor(settings: NatSettings, external: readonly string[], random: Random) {
    this.#settings = settings
    this.#random = random
    this.#pool = new AddressPool(external, settings.ports?.pooling ?? defaultPorts.pooling, random)
    this.#ports = this.#freshPorts()
  }

  owns(ip: string): boolean {
    return this.#pool.has(ip)
  }

  remoteKey(protocol: Protocol, remote: TransportAddress): string {
    return remoteKey(this.#ports[protocol].behaviour.mapping, remote)
  }

  assign(
    protocol: Protocol,
    internal: TransportAddress,
    isMapped: (external: TransportAddress) => boolean,
    now: number,
  ): TransportAddress | undefined {
    const ip = this.#pool.choose(internal.ip)
    if (ip === undefined) return undefined
    const { allocator, others } = this.#ports[protocol]
    const taken = (port: number) => others.holds(port, now) || isMapped({ ip, port })
    others.catchUp(now, allocator, taken)
    const port = allocator.allocate(internal, taken)
    return port === undefined ? undefined : { ip, port }
  }

  restart(): void {
    this.#ports = this.#freshPorts()
  }

  #freshPorts(): Record<Protocol, ProtocolPorts> {
    return { udp: this.#portsFor('udp'), tcp: this.#portsFor('tcp'), icmp: this.#portsFor('udp') }
  }

  #portsFor(protocol: 'udp' | 'tcp'): ProtocolPorts {
    const behaviour = behaviourOf(this.#settings, protocol)
    const ports = { ...defaultPorts, ...this.#settings.ports }
    const { othersPerSecond } = { ...defaultTraffic, ...this.#settings.traffic }
    const { idleMs } = { ...defaultLifetimes, ...this.#settings.lifetimes }
    return {
      behaviour,
      allocator: new PortAllocator(behaviour.delta, ports, this.#random),
      others: new OtherSubscribers(othersPerSecond, idleMs, this.#random),
    }
  }
}

interface ProtocolPorts {
  readonly behaviour: Behaviour
  readonly allocator: PortAllocator
  readonly others: OtherSubscribers
}
