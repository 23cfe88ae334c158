import { type Interface, scopeOf } from '@p2pd/netif'
import { formatAddress } from './address.ts'
import { type Candidate, hostCandidates } from './candidate.ts'
import type { Identity } from './identity.ts'
import { encodeRecord } from './record.ts'
import type { Runtime } from './runtime.ts'
import type { Signal } from './signal.ts'

/** What a presence is made of. */
export interface PresenceOptions {
  readonly identity: Identity
  readonly runtime: Runtime
  readonly signal?: Signal | undefined
  /** Where the node listens. */
  readonly port: number
  /** @default true */
  readonly publishLan?: boolean | undefined
  /** Called when a NIC, an address or a default has changed, after the brokers were told. */
  readonly onChange: (interfaces: readonly Interface[]) => void
}

/** Where a node is, and how others learn of it: by its address, by its record on the brokers, by its answers. */
export class Presence {
  readonly #options: PresenceOptions
  #watcher: Promise<{ close(): void }> | undefined

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** Leaves word on the brokers, now and whenever the network changes. */
  start(): void {
    const { runtime, onChange } = this.#options
    void this.#publishRecord()
    this.#watcher = runtime.watchNetwork((interfaces) => {
      void this.#publishRecord()
      onChange(interfaces)
    })
    this.#watcher.catch((error: Error) => runtime.log?.('network-not-watched', { reason: error.message }))
  }

  async close(): Promise<void> {
    // A watcher that did not start needs no ending.
    await this.#watcher?.then((watcher) => watcher.close()).catch(() => {})
  }

  /** Signed, for everyone. */
  async address(): Promise<string> {
    const { identity, runtime } = this.#options
    const issuedAt = Math.floor(runtime.wallClock() / 1000)
    return formatAddress(identity, { issuedAt, candidates: await this.#published() })
  }

  /** For a peer alone, sealed. */
  async candidates(): Promise<Candidate[]> {
    return hostCandidates(await this.#options.runtime.network.interfaces(), this.#options.port)
  }

  /** For everyone who has the address or the id: without loopback, unless there is nothing else. */
  async #published(): Promise<Candidate[]> {
    const candidates = await this.candidates()
    const { publishLan = true } = this.#options
    const published = candidates.filter(
      ({ ip }) => scopeOf(ip) === 'global' || (publishLan && scopeOf(ip) !== 'host'),
    )
    return published.length > 0 || !publishLan ? published : candidates
  }

  /** That no broker takes it costs callers half a trip, nothing else. */
  async #publishRecord(): Promise<void> {
    const { signal, runtime } = this.#options
    try {
      await signal?.records.publish(encodeRecord(await this.#published()))
    } catch (error) {
      runtime.log?.('record-not-published', { reason: (error as Error).message })
    }
  }
}
