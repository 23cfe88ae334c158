import type { NatReport } from '../report/nat-report.ts'
import { type MappedPort, predict, type Prediction } from './predict.ts'

/** Options of a reservation. */
export interface ReserveOptions {
  /** The local port to map. @default one without a reservation */
  readonly internalPort?: number
  /** The most ports to predict. @default 3 */
  readonly count?: number
}

/** A prediction that belongs to one user until it is released. */
export interface Reservation extends Prediction {
  /** The local port to map next. */
  readonly internalPort: number
  /** Ends the reservation; call it when the mapping is made or not needed any more. */
  release(): void
}

/** The first dynamic port, for the first mapping. RFC 6335 §6. */
const FIRST_INTERNAL_PORT = 49152

/** The last dynamic port. RFC 6335 §6. */
const LAST_INTERNAL_PORT = 65535

/**
 * Predicts ports for several users at once. Each user gets a local port and a turn in the count of the NAT, and no port
 * that another user expects. Users make their mappings in the order of their reservations.
 */
export class PortPredictor {
  readonly #report: NatReport
  readonly #mapped: MappedPort[]
  readonly #reserved = new Set<{ readonly internalPort: number; readonly ports: readonly number[] }>()

  constructor(report: NatReport, mapped: readonly MappedPort[]) {
    this.#report = report
    this.#mapped = [...mapped]
  }

  /** Records a mapping that was made meanwhile: the count goes on from there. */
  observe(mapped: MappedPort): void {
    this.#mapped.push(mapped)
  }

  reserve(options: ReserveOptions = {}): Reservation {
    const before = [...this.#reserved]
    const internalPort = options.internalPort ?? this.#freePort()
    const prediction = predict(this.#report, this.#mapped, {
      internalPort,
      mappingsBefore: before.length,
      // The first port of a reservation belongs to its user; further ports are shared.
      taken: before.flatMap(({ ports }) => ports.slice(0, 1)),
      ...(options.count !== undefined && { count: options.count }),
    })
    const entry = { internalPort, ports: prediction.ports }
    this.#reserved.add(entry)
    return { ...prediction, internalPort, release: () => this.#reserved.delete(entry) }
  }

  /** The neighbour of the last port: a `dependent` NAT follows it, and other NATs do not care. */
  #freePort(): number {
    const used = new Set([...this.#reserved].map(({ internalPort }) => internalPort))
    const last = this.#mapped.at(-1)?.internalPort ?? FIRST_INTERNAL_PORT
    let port = last + 1
    while (used.has(port) && port < LAST_INTERNAL_PORT) port++
    return port > LAST_INTERNAL_PORT ? FIRST_INTERNAL_PORT : port
  }
}
