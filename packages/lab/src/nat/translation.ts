import { familyOf, type TransportAddress } from '@p2pd/netif'
import type { Packet } from '../packet.ts'
import type { Random } from '../random.ts'
import { AddressPool } from './address-pool.ts'
import { remoteKey } from './dependency.ts'
import { OtherSubscribers } from './other-subscribers.ts'
import { PortAllocator } from './port-allocator.ts'
import {
  type BoxBehaviour,
  boxBehaviourOf,
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
  remoteKey(protocol: Protocol, internal: TransportAddress, remote: TransportAddress): string
  /** The external endpoint of a new mapping, or undefined when none is left. It may change the endpoint's remote key. */
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
  readonly #external: readonly string[]
  readonly #pools: Record<Protocol, AddressPool>
  #ports: Record<Protocol, ProtocolPorts>
  /** Internal endpoints whose external port was busy. */
  readonly #secondary = new Set<string>()

  constructor(settings: NatSettings, external: readonly string[], random: Random) {
    this.#settings = settings
    this.#random = random
    this.#external = external
    this.#pools = poolsOf(settings, external, random)
    this.#ports = this.#freshPorts()
  }

  owns(ip: string): boolean {
    return this.#external.includes(ip)
  }

  remoteKey(protocol: Protocol, internal: TransportAddress, remote: TransportAddress): string {
    const { behaviour, secondary } = this.#ports[protocol]
    const { mapping = behaviour.mapping } = (this.#isSecondary(protocol, internal) && secondary) || {}
    return remoteKey(mapping, remote)
  }

  assign(
    protocol: Protocol,
    internal: TransportAddress,
    isMapped: (external: TransportAddress) => boolean,
    now: number,
  ): TransportAddress | undefined {
    const ip = this.#pools[protocol].choose(internal.ip)
    if (ip === undefined) return undefined
    const { allocator, others } = this.#ports[protocol]
    const { overloading } = { ...defaultPorts, ...this.#settings.ports }
    // The mappings of others lead to other remote endpoints.
    const taken = (port: number) => (!overloading && others.holds(port, now)) || isMapped({ ip, port })
    others.catchUp(now, allocator, taken)
    const port = this.#allocate(protocol, internal, taken)
    return port === undefined ? undefined : { ip, port }
  }

  restart(): void {
    this.#secondary.clear()
    this.#ports = this.#freshPorts()
  }

  /** The port by the rule; where that is busy a box with a secondary behaviour turns to it. RFC 4787 §7. */
  #allocate(
    protocol: Protocol,
    internal: TransportAddress,
    taken: (port: number) => boolean,
  ): number | undefined {
    const { allocator, secondary } = this.#ports[protocol]
    if (secondary === undefined) return allocator.allocate(internal, taken)
    if (this.#isSecondary(protocol, internal)) return secondary.allocator.allocate(internal, taken)
    const port = allocator.allocateByRule(internal, taken)
    if (port !== undefined) return port
    this.#secondary.add(keyOf(protocol, internal))
    return secondary.allocator.allocate(internal, taken)
  }

  #isSecondary(protocol: Protocol, internal: TransportAddress): boolean {
    return this.#secondary.size > 0 && this.#secondary.has(keyOf(protocol, internal))
  }

  #freshPorts(): Record<Protocol, ProtocolPorts> {
    const udp = this.#portsFor('udp')
    const isShared = this.#settings.ports?.protocols === 'together'
    const tcp = isShared
      ? { ...udp, behaviour: boxBehaviourOf(this.#settings, 'tcp') }
      : this.#portsFor('tcp')
    return { udp, tcp, icmp: this.#portsFor('udp') }
  }

  #portsFor(protocol: 'udp' | 'tcp'): ProtocolPorts {
    const behaviour = boxBehaviourOf(this.#settings, protocol)
    const ports = { ...defaultPorts, ...this.#settings.ports }
    const { othersPerSecond } = { ...defaultTraffic, ...this.#settings.traffic }
    const { idleMs } = { ...defaultLifetimes, ...this.#settings.lifetimes }
    const { secondary } = this.#settings
    return {
      behaviour,
      ...(secondary && {
        secondary: {
          mapping: secondary.mapping ?? behaviour.mapping,
          allocator: new PortAllocator(secondary.delta ?? behaviour.delta, ports, this.#random),
        },
      }),
      allocator: new PortAllocator(behaviour.delta, ports, this.#random),
      others: new OtherSubscribers(othersPerSecond, idleMs, this.#random),
    }
  }
}

/** One pool for all protocols, or one of half the addresses each for UDP and TCP. */
function poolsOf(
  { ports }: NatSettings,
  external: readonly string[],
  random: Random,
): Record<Protocol, AddressPool> {
  const { pooling, splitAddresses } = { ...defaultPorts, ...ports }
  const all = new AddressPool(external, pooling, random)
  if (!splitAddresses) return { udp: all, tcp: all, icmp: all }
  const perFamily = (['IPv4', 'IPv6'] as const).map((family) =>
    external.filter((ip) => familyOf(ip) === family),
  )
  const [udp, tcp] = [0, 1].map((half) => {
    const own = perFamily.flatMap((ips) => ips.filter((_, i) => Math.floor((2 * i) / ips.length) === half))
    return new AddressPool(own, pooling, random)
  }) as [AddressPool, AddressPool]
  return { udp, tcp, icmp: udp }
}

function keyOf(protocol: Protocol, { ip, port }: TransportAddress): string {
  return `${protocol} ${ip} ${port}`
}

interface ProtocolPorts {
  readonly behaviour: BoxBehaviour
  readonly secondary?: { readonly mapping: BoxBehaviour['mapping']; readonly allocator: PortAllocator }
  readonly allocator: PortAllocator
  readonly others: OtherSubscribers
}
