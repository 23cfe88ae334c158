import { scopeOf, type TransportAddress } from '@p2pd/netif'
import type { Candidate } from '../candidates/candidate.ts'
import { type CandidateSource, mergeCandidates } from '../candidates/candidate-source.ts'
import { announcedServers, type RelayPolicy } from '../relays/relay-policy.ts'
import type { Identity } from '../identity/identity.ts'
import type { SideDescription } from './side-description.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { formatAddress } from './address.ts'
import { encodeRecord } from './record.ts'
import type { Signal } from './signal.ts'

/** The parts an announcer works with. */
export interface AnnouncerOptions {
  readonly identity: Identity
  readonly runtime: Pick<Runtime, 'wallClock' | 'log'>
  readonly signal?: Pick<Signal, 'records'> | undefined
  /** In the order in which the candidates of one kind are tried. */
  readonly sources: readonly CandidateSource[]
  /** The local sides of punches, as announced now. */
  readonly sides: () => readonly SideDescription[]
  /** @default true */
  readonly publishLan?: boolean | undefined
  /** Names the TURN servers of the node. @default it has none */
  readonly relayOpener?: { servers(): readonly string[] } | undefined
  /** @default 'last' */
  readonly relay?: RelayPolicy | undefined
}

/**
 * Announces where a node can be reached. Everyone who has the id or the address gets the public candidates, by the record on the
 * brokers and by the address. One peer gets all candidates, sealed, in an offer or answer. The record is replaced when
 * a source changes.
 */
export class Announcer {
  readonly #options: AnnouncerOptions
  readonly #stops: (() => void)[] = []

  constructor(options: AnnouncerOptions) {
    this.#options = options
  }

  /** Publishes the record, now and whenever a source changes. */
  start(): void {
    void this.publish()
    for (const source of this.#options.sources) {
      this.#stops.push(source.onChange(() => void this.publish()))
    }
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** The public candidates, signed. */
  address(): string {
    const { identity, runtime } = this.#options
    const issuedAt = Math.floor(runtime.wallClock() / 1000)
    return formatAddress(identity, { issuedAt, candidates: this.#publicCandidates() })
  }

  /** All candidates: for one peer alone, sealed. */
  candidates(): Candidate[] {
    return mergeCandidates(this.#options.sources.map((source) => source.candidates()))
  }

  /** Publishes the record. A failure costs callers half a signalling round trip, nothing else. */
  async publish(): Promise<void> {
    const { signal, runtime, sides, relay, relayOpener } = this.#options
    try {
      const record = {
        candidates: this.#publicCandidates(),
        sides: sides().map((side) => this.#publicSide(side)),
        turnServers: announcedServers(relay, relayOpener),
      }
      await signal?.records.publish(encodeRecord(record))
    } catch (error) {
      runtime.log?.('record-not-published', { reason: (error as Error).message })
    }
  }

  /**
   * Without relayed candidates, which cost this node an allocation for each caller, and without loopback, unless a node
   * has nothing else.
   */
  #publicCandidates(): Candidate[] {
    const candidates = this.candidates().filter(({ kind }) => kind !== 'relayed')
    const published = candidates.filter(
      (candidate) => this.#isPublic(candidate) && scopeOf(candidate.ip) !== 'host',
    )
    return published.length > 0 || !this.#publishesLan ? published : candidates
  }

  #publicSide({ side, ...description }: SideDescription): SideDescription {
    return { ...description, side: { ...side, hosts: side.hosts.filter((host) => this.#isPublic(host)) } }
  }

  #isPublic({ ip }: TransportAddress): boolean {
    return this.#publishesLan || scopeOf(ip) === 'global'
  }

  get #publishesLan(): boolean {
    return this.#options.publishLan ?? true
  }
}
