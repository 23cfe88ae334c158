import { type Interface, scopeOf, type TransportAddress } from '@p2pd/netif'
import { formatAddress } from './address.ts'
import { type Candidate, candidatesOf } from '../candidates/candidate.ts'
import type { Identity } from '../identity/identity.ts'
import type { SideDescription } from '../punching/side-description.ts'
import { encodeRecord } from './record.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Signal } from './signal.ts'

/** What a announcer is made of. */
export interface AnnouncerOptions {
  readonly identity: Identity
  readonly runtime: Runtime
  readonly signal?: Signal | undefined
  /** What is known of the NATs in front of it. */
  readonly gatherer: { descriptions(): readonly SideDescription[]; externalAddresses(): readonly string[] }
  readonly interfaces: () => readonly Interface[]
  /** Where the node listens. */
  readonly port: number
  /** @default true */
  readonly publishLan?: boolean | undefined
  /** Called when a NIC, an address or a default has changed, before the brokers are told. */
  readonly onChange: (interfaces: readonly Interface[]) => void
}

/** Where a node is, and how others learn of it: by its address, by its record on the brokers, by its answers. */
export class Announcer {
  readonly #options: AnnouncerOptions
  #watcher: Promise<{ close(): void }> | undefined

  constructor(options: AnnouncerOptions) {
    this.#options = options
  }

  /** Leaves word on the brokers, now and whenever the network changes. */
  start(): void {
    const { runtime, onChange } = this.#options
    void this.publish()
    this.#watcher = runtime.watchNetwork((interfaces) => {
      onChange(interfaces)
      void this.publish()
    })
    this.#watcher.catch((error: Error) => runtime.log?.('network-not-watched', { reason: error.message }))
  }

  async close(): Promise<void> {
    // A watcher that did not start needs no ending.
    await this.#watcher?.then((watcher) => watcher.close()).catch(() => {})
  }

  /** Signed, for everyone. */
  address(): string {
    const { identity, runtime } = this.#options
    const issuedAt = Math.floor(runtime.wallClock() / 1000)
    return formatAddress(identity, { issuedAt, candidates: this.#published() })
  }

  /** For a peer alone, sealed. */
  candidates(): Candidate[] {
    const { interfaces, port, gatherer } = this.#options
    return candidatesOf(interfaces(), gatherer.externalAddresses(), port)
  }

  /** Leaves word on the brokers. That none takes it costs callers half a trip, nothing else. */
  async publish(): Promise<void> {
    const { signal, runtime, gatherer } = this.#options
    try {
      const candidates = this.#published()
      const record = { candidates, sides: gatherer.descriptions().map((told) => this.#publishedSide(told)) }
      await signal?.records.publish(encodeRecord(record))
    } catch (error) {
      runtime.log?.('record-not-published', { reason: (error as Error).message })
    }
  }

  /** For everyone who has the address or the id: without loopback, unless there is nothing else. */
  #published(): Candidate[] {
    const candidates = this.candidates()
    const published = candidates.filter(
      (candidate) => this.#isPublic(candidate) && scopeOf(candidate.ip) !== 'host',
    )
    return published.length > 0 || !this.#publishesLan ? published : candidates
  }

  #publishedSide({ side, ...told }: SideDescription): SideDescription {
    return { ...told, side: { ...side, hosts: side.hosts.filter((host) => this.#isPublic(host)) } }
  }

  #isPublic({ ip }: TransportAddress): boolean {
    return this.#publishesLan || scopeOf(ip) === 'global'
  }

  get #publishesLan(): boolean {
    return this.#options.publishLan ?? true
  }
}
