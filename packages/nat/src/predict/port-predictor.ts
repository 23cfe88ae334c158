import type { NatReport } from '../report.ts'
import { type MappedPort, predict, type Prediction } from './predict.ts'

/** What one user of a predictor wants. */
export interface ReserveOptions {
  /** The local port to map. @default one that nobody has reserved */
  readonly internalPort?: number
  /** How many ports to name at most. @default 3 */
  readonly count?: number
}

/** A prediction that is one user's alone, until released. */
export interface Reservation extends Prediction {
  /** The local port to map next. */
  readonly internalPort: number
  /** Gives it back; call it when the mapping is made or not wanted any more. */
  release(): void
}

/** The first dynamic port: where to begin when no port was mapped yet. RFC 6335 §6. */
const FIRST_INTERNAL_PORT = 49152

/** The dynamic ports end here. RFC 6335 §6. */
const LAST_INTERNAL_PORT = 65535

/**
 * Predictions for several users at once: each gets its own local port and its own turn in the
 * NAT's count, and nobody the ports that another expects. Users make their mappings in the order of
 * their reservations.
 */
export class PortPredictor {
  readonly #report: NatReport
  readonly #mapped: MappedPort[]
  readonly #reserved = new Set<{ readonly internalPort: number; readonly ports: readonly number[] }>()

  constructor(report: NatReport, mapped: readonly MappedPort[]) {
    this.#report = report
    this.#mapped = [...mapped]
  }

  /** Takes note of a mapping that was made meanwhile: the count goes on from there. */
  observe(mapped: MappedPort): void {
    this.#mapped.push(mapped)
  }

  reserve(options: ReserveOptions = {}): Reservation {
    const before = [...this.#reserved]
    const internalPort = options.internalPort ?? this.#freePort()
    const prediction = predict(this.#report, this.#mapped, {
      internalPort,
      mappingsBefore: before.length,
      // A port that another expects first is his; what he would only try as well is shared.
      taken: before.flatMap(({ ports }) => ports.slice(0, 1)),
      ...(options.count !== undefined && { count: options.count }),
    })
    const entry = { internalPort, ports: prediction.ports }
    this.#reserved.add(entry)
    return { ...prediction, internalPort, release: () => this.#reserved.delete(entry) }
  }

  /** The neighbour of the last port: what a `dependent` NAT follows, and as good as any for the others. */
  #freePort(): number {
    const used = new Set([...this.#reserved].map(({ internalPort }) => internalPort))
    const last = this.#mapped.at(-1)?.internalPort ?? FIRST_INTERNAL_PORT
    let port = last + 1
    while (used.has(port) && port < LAST_INTERNAL_PORT) port++
    return port > LAST_INTERNAL_PORT ? FIRST_INTERNAL_PORT : port
  }
}
