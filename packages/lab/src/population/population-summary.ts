import { R_D } from '../punching/conditions.ts'
import { percentile } from '../percentile.ts'
import type { PairOutcome, RelayedOutcome } from './connect-pair.ts'
import { directStrategies, type RelayTiming, relayPolicies } from './method.ts'
import type { PopulationResult, VariantOutcome } from './run-population.ts'
import { variants } from './variant.ts'

/** TLS through a relay: each peer is an R_d away from it, there and back. */
const RELAYED_TRIP_MS = 2 * R_D

/** The results of a group of pairs. */
export interface Share {
  readonly pairs: number
  /** 0 to 1: connected without a relay. */
  readonly direct: number
  /** 0 to 1: tried a method, and did not connect. */
  readonly failed: number
  /** Until the caller has authenticated the peer, over the pairs that connect directly. */
  readonly p50Ms?: number
  readonly p95Ms?: number
}

/** The results of a named group. */
export interface NamedShare extends Share {
  readonly name: string
}

/** The results of a variant. */
export interface VariantShare {
  readonly name: string
  readonly both: Share
  readonly ipv4: Share
}

/** The results with a TURN server that both peers reach by TCP. */
export interface RelayShare {
  readonly name: RelayTiming
  readonly pairs: number
  /** 0 to 1: have a path. */
  readonly connected: number
  /** 0 to 1: have a direct path in the end. */
  readonly direct: number
  /** 0 to 1: stay on the relay. */
  readonly relayed: number
  /** 0 to 1: begin on the relay, those that leave it included. */
  readonly openedOnRelay: number
  /** Until the first byte can travel: the caller has authenticated the peer, on whichever path is first. */
  readonly p50Ms?: number
  readonly p95Ms?: number
}

/** The summary of a run. */
export interface PopulationSummary {
  readonly both: Share
  readonly ipv4: Share
  /** By the strategy that connected, as shares of all pairs. */
  readonly strategies: readonly NamedShare[]
  /** By the technique of the punch, as shares of all pairs. */
  readonly techniques: readonly NamedShare[]
  /** By the profiles of the two peers, such as `residential, mobile`. */
  readonly profiles: readonly NamedShare[]
  readonly variants: readonly VariantShare[]
  /** With a relay, by when calls use it. */
  readonly relays: readonly RelayShare[]
}

/** Summarizes the results of a run. */
export function summarizePopulation(results: readonly PopulationResult[]): PopulationSummary {
  const of = (index: number, family: keyof VariantOutcome, group = results) =>
    group.flatMap(({ outcomes }) => outcomes[index]?.[family] ?? [])
  const all = of(0, 'both')
  return {
    both: shareOf(all),
    ipv4: shareOf(of(0, 'ipv4')),
    strategies: directStrategies.flatMap((name) =>
      named(name, all, (outcome) => outcome.method?.strategy === name),
    ),
    techniques: distinct(all.map(({ method }) => method?.technique)).flatMap((name) =>
      named(name, all, (outcome) => outcome.method?.technique === name),
    ),
    profiles: distinct(results.map(profilesOf)).map((name) => {
      const group = results.filter((result) => profilesOf(result) === name)
      return { name, ...shareOf(of(0, 'both', group)) }
    }),
    relays: relayPolicies.map((name) => relayShareOf(name, results)),
    variants: variants.map(({ name }, index) => ({
      name,
      both: shareOf(of(index, 'both')),
      ipv4: shareOf(of(index, 'ipv4')),
    })),
  }
}

function relayShareOf(name: RelayTiming, results: readonly PopulationResult[]): RelayShare {
  const outcomes = results.map(({ relayed }) => relayed[name])
  const share = (isOne: (outcome: RelayedOutcome) => boolean) =>
    outcomes.filter(isOne).length / Math.max(1, outcomes.length)
  const isDirect = ({ direct }: RelayedOutcome) => direct.method !== undefined
  const isOpenedOnRelay = ({ relayMs }: RelayedOutcome) => relayMs !== undefined
  const firsts = outcomes.flatMap(({ direct, relayMs }) => {
    // A path on the relay was first, or the call of the relay would have ended.
    if (relayMs !== undefined) return [relayMs + RELAYED_TRIP_MS]
    return direct.method === undefined ? [] : [direct.callerMs + R_D]
  })
  const [p50Ms, p95Ms] = [0.5, 0.95].map((part) => percentile(firsts, part))
  return {
    name,
    pairs: outcomes.length,
    connected: share((outcome) => isDirect(outcome) || isOpenedOnRelay(outcome)),
    direct: share(isDirect),
    relayed: share((outcome) => !isDirect(outcome) && isOpenedOnRelay(outcome)),
    openedOnRelay: share(isOpenedOnRelay),
    ...(p50Ms !== undefined && { p50Ms }),
    ...(p95Ms !== undefined && { p95Ms }),
  }
}

/** Until the caller has authenticated the peer: TLS 1.3 takes one round trip more than the path. RFC 8446 §2. */
function shareOf(outcomes: readonly PairOutcome[], pairs = outcomes.length): Share {
  const direct = outcomes.filter(({ method }) => method !== undefined)
  const times = direct.map(({ callerMs }) => callerMs + R_D)
  const [p50Ms, p95Ms] = [0.5, 0.95].map((share) => percentile(times, share))
  const failed = outcomes.filter(({ method, callerMs }) => method === undefined && callerMs > 0)
  return {
    pairs,
    direct: pairs === 0 ? 0 : direct.length / pairs,
    failed: pairs === 0 ? 0 : failed.length / pairs,
    ...(p50Ms !== undefined && { p50Ms }),
    ...(p95Ms !== undefined && { p95Ms }),
  }
}

function named(
  name: string,
  all: readonly PairOutcome[],
  isOne: (outcome: PairOutcome) => boolean,
): NamedShare[] {
  const group = all.filter(isOne)
  return group.length === 0 ? [] : [{ name, ...shareOf(group, all.length) }]
}

function profilesOf({ pair: { caller, peer } }: PopulationResult): string {
  return [caller.profile, peer.profile].toSorted().join(', ')
}

function distinct(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.flatMap((name) => name ?? []))].toSorted()
}
