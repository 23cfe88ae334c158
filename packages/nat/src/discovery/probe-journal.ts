import type { Probe } from './observation.ts'

/** A probe, when it left. */
export interface SentProbe extends Pick<Probe, 'id' | 'test' | 'socket' | 'to'> {
  readonly protocol: 'udp' | 'tcp'
}

/**
 * The probes of the discoveries that run at the same time through one NAT, in the order in which they left. The packets of
 * one host reach its NAT in that order, and each protocol may move the counter of the other.
 */
export class ProbeJournal {
  readonly #sent: SentProbe[] = []

  get sent(): readonly SentProbe[] {
    return this.#sent
  }

  /** Adds a probe that leaves now. Requests that are sent again make no mapping. */
  add(protocol: 'udp' | 'tcp', { id, test, socket, to }: Probe): void {
    this.#sent.push({ protocol, id, test, socket, to })
  }

  /** Forgets the probes of earlier discoveries of this protocol. */
  begin(protocol: 'udp' | 'tcp'): void {
    const others = this.#sent.filter((one) => one.protocol !== protocol)
    this.#sent.splice(0, this.#sent.length, ...others)
  }
}

/** The journal, as the discovery of one protocol reads it. */
export interface JournalView {
  readonly protocol: 'udp' | 'tcp'
  readonly sent: readonly SentProbe[]
}
