import type { BrokerConnection, ConnectBroker } from './broker.ts'
import { preferHealthy } from './broker-health.ts'
import { BrokerLink } from './broker-link.ts'
import type { BrokerStatus } from './broker-status.ts'
import type { SignalCrypto } from '../envelope/crypto.ts'
import { brokersOf } from './rendezvous.ts'
import type { SignalRuntime } from '../runtime.ts'

/** A connection to a broker where only somebody else listens is kept for so long after its last use. */
const VISIT_MS = 60_000

/** The parts of a pool. */
export interface BrokerPoolOptions {
  readonly urls: readonly string[]
  /** The public key of this node: its brokers are home. */
  readonly publicKey: Uint8Array
  readonly crypto: SignalCrypto
  readonly connect: ConnectBroker
  readonly runtime: SignalRuntime
  /** Subscribes to what is needed, on each new connection to a home broker. */
  readonly onConnection: (connection: BrokerConnection) => Promise<void>
  /** Whether a home broker delivers messages: the fault in words, if any. @default not looked at */
  readonly deliveryFault?: (connection: BrokerConnection) => Promise<string | undefined>
  readonly onStatus: (link: BrokerLink, status: BrokerStatus) => void
}

interface Visit {
  readonly link: BrokerLink
  leave: () => void
}

/** Connections: lasting ones to the brokers where this node listens, passing ones to those of others. */
export class BrokerPool {
  readonly #options: BrokerPoolOptions
  readonly #home: ReadonlyMap<string, BrokerLink>
  readonly #visits = new Map<string, Visit>()

  constructor(options: BrokerPoolOptions) {
    this.#options = options
    const home = brokersOf(options.crypto, options.publicKey, options.urls)
    const urls = options.urls.filter((url) => home.includes(url))
    this.#home = new Map([...new Set(urls)].map((url) => [url, this.#connectHome(url)]))
  }

  /** The brokers where this node listens, in the order of the list. */
  get home(): readonly BrokerLink[] {
    return [...this.#home.values()]
  }

  /** The brokers where a peer listens, the most promising first; connects to them where needed. */
  of(publicKey: Uint8Array): readonly BrokerLink[] {
    const urls = brokersOf(this.#options.crypto, publicKey, this.#options.urls)
    return preferHealthy(urls.map((url) => this.#home.get(url) ?? this.#visit(url)))
  }

  /** This host has these addresses now, and no others. */
  networkChanged(ips: readonly string[]): void {
    for (const link of this.#links) link.networkChanged(ips)
  }

  /** Connections may be dead without a sign: those that do not answer are made again. */
  verify(): void {
    for (const link of this.#links) void link.verify()
  }

  async close(): Promise<void> {
    for (const { leave } of this.#visits.values()) leave()
    await Promise.all(this.#links.map((link) => link.close()))
  }

  get #links(): readonly BrokerLink[] {
    return [...this.home, ...[...this.#visits.values()].map(({ link }) => link)]
  }

  #connectHome(url: string): BrokerLink {
    const { connect, runtime, onConnection, deliveryFault, onStatus } = this.#options
    const link: BrokerLink = new BrokerLink({
      url,
      connect,
      runtime,
      onConnection,
      ...(deliveryFault && { deliveryFault }),
      onStatus: (status) => onStatus(link, status),
    })
    return link
  }

  #visit(url: string): BrokerLink {
    const { connect, runtime } = this.#options
    const nothing = async () => {}
    const visit = this.#visits.get(url) ?? {
      link: new BrokerLink({ url, connect, runtime, onConnection: nothing, onStatus: () => {} }),
      leave: () => {},
    }
    this.#visits.set(url, visit)
    visit.leave()
    visit.leave = runtime.clock.at(runtime.clock.now() + VISIT_MS, () => {
      this.#visits.delete(url)
      void visit.link.close()
    })
    return visit.link
  }
}
