import { percentile } from '../../../src/percentile.ts'
import type { Attempt, StartKind } from '../attempt.ts'
import { type Pair, type PairGroup, pairs } from '../pairs.ts'
import type { SystemName } from '../systems.ts'

/** The middle and the tail of values, undefined without any. */
export interface Spread {
  readonly p50: number | undefined
  readonly p95: number | undefined
}

/** The results of some attempts of one system. */
export interface Outcome {
  readonly attempts: number
  readonly direct: number
  /** Directly or through a relay. */
  readonly connected: number
  /** Milliseconds to the first echo, of all that connected. */
  readonly firstByte: Readonly<Record<StartKind, Spread>>
  /** Bytes a second over direct paths, and over relays. */
  readonly directRate: number | undefined
  readonly relayedRate: number | undefined
  readonly rssBytes: number | undefined
  /** Processor time of the caller until the first echo of a cold call. */
  readonly coldCpuMs: number | undefined
  readonly importMs: number | undefined
}

/** The attempts of these systems and pairs, of which a run may have only some. */
export class Summary {
  readonly #attempts: readonly Attempt[]
  readonly systems: readonly SystemName[]
  readonly pairs: readonly Pair[]

  constructor(attempts: readonly Attempt[]) {
    this.#attempts = attempts
    this.systems = [...new Set(attempts.map(({ system }) => system))]
    this.pairs = pairs.filter((pair) => attempts.some((attempt) => isOf(attempt, pair)))
  }

  /** One system in one pair. */
  cell(system: SystemName, pair: Pair): Outcome {
    return outcomeOf(this.#of(system).filter((attempt) => isOf(attempt, pair)))
  }

  /** One system in a group of pairs, or in all of them. */
  total(system: SystemName, group?: PairGroup): Outcome {
    return outcomeOf(this.#of(system).filter((attempt) => group === undefined || attempt.group === group))
  }

  /** One system in these pairs. */
  over(system: SystemName, some: readonly Pair[]): Outcome {
    return outcomeOf(this.#of(system).filter((attempt) => some.some((pair) => isOf(attempt, pair))))
  }

  #of(system: SystemName): Attempt[] {
    return this.#attempts.filter((attempt) => attempt.system === system)
  }
}

function isOf(attempt: Attempt, { caller, callee }: Pair): boolean {
  return attempt.caller === caller && attempt.callee === callee
}

function outcomeOf(attempts: readonly Attempt[]): Outcome {
  const connected = attempts.filter(({ way }) => way !== 'none')
  const direct = connected.filter(({ way }) => way === 'direct')
  const relayed = connected.filter(({ way }) => way === 'relayed')
  return {
    attempts: attempts.length,
    direct: direct.length,
    connected: connected.length,
    firstByte: { cold: firstByte(connected, 'cold'), warm: firstByte(connected, 'warm') },
    directRate: median(direct, ({ bytesPerSecond }) => bytesPerSecond),
    relayedRate: median(relayed, ({ bytesPerSecond }) => bytesPerSecond),
    rssBytes: median(connected, ({ rssBytes }) => rssBytes),
    coldCpuMs: median(
      connected.filter(({ start }) => start === 'cold'),
      ({ cpuMs }) => cpuMs,
    ),
    importMs: median(connected, ({ importMs }) => importMs),
  }
}

function firstByte(connected: readonly Attempt[], kind: StartKind): Spread {
  const times = connected
    .filter(({ start }) => start === kind)
    .flatMap(({ firstByteMs }) => firstByteMs ?? [])
  return { p50: percentile(times, 0.5), p95: percentile(times, 0.95) }
}

function median(
  attempts: readonly Attempt[],
  valueOf: (attempt: Attempt) => number | undefined,
): number | undefined {
  return percentile(
    attempts.flatMap((attempt) => valueOf(attempt) ?? []),
    0.5,
  )
}
