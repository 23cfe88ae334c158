import { provesTcp } from '@p2pd/nat'
import type { Interface } from '@p2pd/netif'
import { addressesOf } from '../candidates/base.ts'
import type { CandidateSource, OpenSource } from '../candidates/candidate-source.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { BrokerState } from '../signalling/signal.ts'
import { HostGatherer } from './host-gatherer.ts'
import type { MapUdpPort } from './mapped-side.ts'
import { MappingCount } from './mapping-count.ts'
import { PortMappingGatherer } from './port-mapping-gatherer.ts'
import { ReflexiveGatherer } from './reflexive-gatherer.ts'

/** The parts that gatherers work with. */
export interface GatherersOptions {
  readonly runtime: Runtime
  /** Signalling; without it nobody punches. */
  readonly signal?: object | undefined
  /** `stun:` URIs (RFC 7064). */
  readonly stun?: readonly string[] | (() => readonly string[]) | undefined
  /** Further sources, which end with the node. */
  readonly sources?: readonly OpenSource[] | undefined
  /** @default true */
  readonly portMapping?: boolean | undefined
}

/** All gatherers of a node, opened and ended together. RFC 8445 §5.1.1. */
export class Gatherers {
  /** The runtime of the node; its network counts the mappings that this node makes at its NATs. */
  readonly runtime: Runtime
  readonly count: MappingCount
  readonly host: HostGatherer
  readonly reflexive: ReflexiveGatherer
  readonly #mappedPorts: PortMappingGatherer | undefined
  readonly #further: readonly ReturnType<OpenSource>[]

  constructor(options: GatherersOptions, port: number, interfaces: readonly Interface[]) {
    const { signal, stun = [], sources = [], portMapping = true } = options
    this.count = new MappingCount(() => this.host.interfaces())
    const runtime = { ...options.runtime, network: this.count.watch(options.runtime.network) }
    this.runtime = runtime
    this.host = new HostGatherer({ runtime, interfaces, port })
    const mapUdpPort: MapUdpPort = async (base, udp) => this.#mappedPorts?.mapUdpPort(base, udp)
    this.reflexive = new ReflexiveGatherer({
      runtime,
      port,
      servers: () => (signal === undefined ? [] : typeof stun === 'function' ? stun() : stun),
      count: this.count,
      ...(portMapping && { mapUdpPort }),
    })
    if (portMapping) this.#mappedPorts = new PortMappingGatherer({ runtime, port, stun: this.reflexive })
    this.#mappedPorts?.onMappable(() => this.reflexive.portsMappable())
    this.#further = sources.map((open) => open(this.host))
  }

  /** In the order in which the candidates of one kind are tried: the gateway forwards mapped ports, and others perhaps. */
  get sources(): readonly CandidateSource[] {
    return [this.host, this.#mappedPorts ?? [], this.reflexive, ...this.#further].flat()
  }

  /** Begins, on the NICs of this moment and with the brokers that are reached by then. */
  start(brokers: readonly BrokerState[]): void {
    this.host.start()
    this.gather(this.host.interfaces(), brokers)
  }

  /** Takes note of an address from which a broker was reached over TCP. */
  reachedBrokerFrom(ip: string, url: string): void {
    this.host.reachedServerFrom(ip)
    if (provesTcp({ port: portOf(url) })) this.reflexive.reachedServerFrom(ip)
  }

  /**
   * Follows a change of the network, and forgets all facts about the one before. Brokers whose connections have outlived the
   * change are noted anew.
   */
  gather(interfaces: readonly Interface[], brokers: readonly BrokerState[]): void {
    this.reflexive.gather(interfaces)
    const here = addressesOf(interfaces)
    for (const { url, state, localAddress } of brokers)
      if (state === 'up' && localAddress !== undefined && here.has(localAddress))
        this.reachedBrokerFrom(localAddress, url)
    this.#mappedPorts?.gather(interfaces)
  }

  /** Ends every gatherer. Gateways are given a second to release what they map. */
  async close(): Promise<void> {
    this.reflexive.close()
    await Promise.all([
      this.#mappedPorts?.close(),
      this.host.close(),
      ...this.#further.map((source) => source.close()),
    ])
  }
}

/** By default brokers behind `ws:` and `wss:` have the ports of the web, and `mqtt:` and `mqtts:` have ports of their own. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'ws:': 80,
  'wss:': 443,
  'mqtt:': 1883,
  'mqtts:': 8883,
}

function portOf(url: string): number {
  const { protocol, port } = new URL(url)
  return Number(port || DEFAULT_PORTS[protocol])
}
