import { type Interface, type InterfaceAddress, publishable } from '@p2pd/netif'
import type { UnrankedCandidate } from '../candidates/candidate.ts'
import type { CandidateSource } from '../candidates/candidate-source.ts'
import type { Runtime } from '../runtime/runtime.ts'

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
  #watcher: Promise<{ close(): void }> | undefined

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
      for (const listener of this.#listeners) listener(interfaces)
    })
    this.#watcher.catch((error: Error) => log?.('network-not-watched', { reason: error.message }))
  }

  /** The NICs at this moment. */
  interfaces(): readonly Interface[] {
    return this.#interfaces
  }

  candidates(): UnrankedCandidate[] {
    return hostCandidates(this.#interfaces, this.port)
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

/**
 * The host candidates of a node that listens on `port` of every address, best first. Addresses that reach far come before
 * others, IPv6 before IPv4 (RFC 8421 §4), loopback last. Link-local addresses are left out because their scope means nothing
 * to a peer, and so are the inner networks of container engines.
 */
export function hostCandidates(interfaces: readonly Interface[], port: number): UnrankedCandidate[] {
  return interfaces
    .filter((nic) => publishable(nic) || (nic.up && nic.type === 'loopback'))
    .flatMap((nic) => nic.addresses)
    .filter((address) => address.scope !== 'link' && !address.deprecated)
    .sort((a, b) => preference(a) - preference(b))
    .map(({ ip }) => ({ kind: 'host', ip, port }))
}

const SCOPE_ORDER = { global: 0, private: 1, link: 2, host: 3 } as const

function preference({ scope, family }: InterfaceAddress): number {
  return SCOPE_ORDER[scope] * 2 + (family === 'IPv6' ? 0 : 1)
}
