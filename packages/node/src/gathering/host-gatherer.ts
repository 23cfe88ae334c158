import { type Interface, type InterfaceAddress, IpRange, publishedInterfaces } from '@p2pd/netif'
import type { UnrankedCandidate } from '../candidates/candidate.ts'
import type { CandidateSource } from '../candidates/candidate-source.ts'
import type { NetworkWatcher, Runtime } from '../runtime/runtime.ts'

/** The parts a gatherer of host candidates works with. */
export interface HostGathererOptions {
  readonly runtime: Pick<Runtime, 'watchNetwork' | 'log'>
  readonly interfaces: readonly Interface[]
  /** The TCP port the node listens on, at every address. */
  readonly port: number
}

/** Gathers the host candidates: the addresses of the NICs, now and whenever they change. RFC 8445 §5.1.1.1. */
export class HostGatherer implements CandidateSource {
  readonly port: number
  readonly #runtime: HostGathererOptions['runtime']
  readonly #listeners = new Set<(interfaces: readonly Interface[]) => void>()
  #interfaces: readonly Interface[]
  /** The addresses from which servers were reached. */
  readonly #serverSources = new Set<string>()
  #watcher: Promise<NetworkWatcher> | undefined

  constructor({ runtime, interfaces, port }: HostGathererOptions) {
    this.#runtime = runtime
    this.#interfaces = interfaces
    this.port = port
  }

  /** Watches the NICs from now on. */
  start(): void {
    const { watchNetwork, log } = this.#runtime
    this.#watcher = watchNetwork((interfaces) => {
      this.#interfaces = interfaces
      for (const ip of this.#serverSources) if (!hasAddress(interfaces, ip)) this.#serverSources.delete(ip)
      for (const listener of this.#listeners) listener(interfaces)
    })
    this.#watcher.catch((error: Error) => log?.('network-not-watched', { reason: error.message }))
  }

  /** Looks at the NICs more often, or no longer. */
  attend(isAttentive: boolean): void {
    // A watcher that did not start is reported already.
    this.#watcher?.then((watcher) => watcher.attend(isAttentive)).catch(() => {})
  }

  /** The NICs at this moment. */
  interfaces(): readonly Interface[] {
    return this.#interfaces
  }

  candidates(): UnrankedCandidate[] {
    return hostCandidates(this.#interfaces, this.port, this.#serverSources)
  }

  /** Takes note of an address from which a server was reached: its NIC leads to other machines, whatever its type is. */
  reachedServerFrom(ip: string): void {
    // The address is new: the watcher would see it within a second or two.
    if (!hasAddress(this.#interfaces, ip)) this.#watcher?.then((watcher) => watcher.check()).catch(() => {})
    const published = publishedInterfaces(this.#interfaces, this.#serverSources).length
    this.#serverSources.add(ip)
    if (publishedInterfaces(this.#interfaces, this.#serverSources).length === published) return
    for (const listener of this.#listeners) listener(this.#interfaces)
  }

  /** Calls back when a NIC, an address or a default route has changed; returns the function that stops it. */
  onChange(listener: (interfaces: readonly Interface[]) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    // A watcher that did not start needs no ending.
    await this.#watcher?.then((watcher) => watcher.close()).catch(() => {})
  }
}

function hasAddress(interfaces: readonly Interface[], ip: string): boolean {
  return interfaces.some(({ addresses }) => addresses.some((address) => address.ip === ip))
}

/**
 * The host candidates of a node that listens on `port` of every address, best first. Addresses that reach far come before
 * others, IPv6 before IPv4 (RFC 8421 §4), loopback last. Link-local addresses are left out because their scope means nothing
 * to a peer. The inner networks of container engines are left out too, unless there is nothing else.
 */
export function hostCandidates(
  interfaces: readonly Interface[],
  port: number,
  serverSources: ReadonlySet<string> = new Set(),
): UnrankedCandidate[] {
  const loopback = interfaces.filter((nic) => nic.up && nic.type === 'loopback')
  return [...publishedInterfaces(interfaces, serverSources), ...loopback]
    .flatMap((nic) => fewOfEachNetwork(nic.addresses.filter(isUsable)))
    .sort((a, b) => preference(a) - preference(b))
    .map(({ ip }) => ({ kind: 'host', ip, port }))
}

function isUsable({ scope, deprecated }: InterfaceAddress): boolean {
  return scope !== 'link' && !deprecated
}

/** The least length of a network on one link, whatever length an address of DHCPv6 or an alias has. RFC 7421 §2. */
const NETWORK_LENGTH = { IPv4: 24, IPv6: 64 } as const

/** Two addresses of each network at most: all others lead to the same host by the same way. */
function fewOfEachNetwork(addresses: readonly InterfaceAddress[]): InterfaceAddress[] {
  const networks: { readonly range: IpRange; readonly own: InterfaceAddress[] }[] = []
  for (const address of addresses) {
    const { family, ip, prefixLength } = address
    const network = networks.find(({ range }) => range.family === family && range.contains(ip))
    const range = new IpRange(ip, Math.min(prefixLength, NETWORK_LENGTH[family]))
    if (network === undefined) networks.push({ range, own: [address] })
    else network.own.push(address)
  }
  const kept = new Set(networks.flatMap(({ own }) => bestTwo(own)))
  return addresses.filter((address) => kept.has(address))
}

/** A lasting address and a temporary one, or two of the kind that there is. */
function bestTwo(addresses: readonly InterfaceAddress[]): InterfaceAddress[] {
  const lastingFirst = addresses.toSorted((a, b) => Number(a.temporary) - Number(b.temporary))
  const [best] = lastingFirst
  const other =
    lastingFirst.find(({ temporary }) => temporary && best?.temporary === false) ?? lastingFirst[1]
  return [best, other].flatMap((address) => address ?? [])
}

const SCOPE_ORDER = { global: 0, private: 1, link: 2, host: 3 } as const

function preference({ scope, family }: InterfaceAddress): number {
  return SCOPE_ORDER[scope] * 2 + (family === 'IPv6' ? 0 : 1)
}
