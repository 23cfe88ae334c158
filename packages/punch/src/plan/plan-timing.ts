import { sizeBirthday } from './birthday.ts'
import type { Openers, Search, Technique, Timing } from './plan.ts'

/** Two packets in the time that one takes on a slow path; a lost packet costs no more than this. */
const UDP_REPEAT_MS = 50
/** In all, to ports not known to answer. */
const PACKETS_PER_SECOND = 100
/** Longer than any path takes, with a few losses. */
const UDP_BOUND_MS = 5000
/** NATs that answer with RST take 1.2 s, each lost SYN a second. */
const TCP_BOUND_MS = 10_000
/** Past a home router and the routers of a carrier; peers are further away. */
const OPENER_TTL = 5
/** Longer than the two sides start apart: half a slow signalling round trip. */
const OPENERS_MS = 300
/** A search through all ports but the well-known ones. */
const LONGEST_SEARCH_MS = (sizeBirthday(64_512).probes * 1000) / PACKETS_PER_SECOND

/** The pace and the bound of a plan with so many targets. */
export function planTiming(
  protocol: 'udp' | 'tcp',
  technique: Technique,
  targets: number,
  search: Search | undefined,
): Timing {
  const rounds = Math.max(1, Math.floor(PACKETS_PER_SECOND / Math.max(1, targets)))
  const repeatMs = Math.max(UDP_REPEAT_MS, Math.ceil(1000 / rounds))
  const common = { startMs: 0, pacingMs: 0, repeatMs }
  if (protocol === 'tcp') return { ...common, boundMs: TCP_BOUND_MS }
  if (technique !== 'birthday') return { ...common, boundMs: UDP_BOUND_MS }
  return { ...common, boundMs: search === undefined ? UDP_BOUND_MS : searchBoundMs(search) }
}

/** The bound of a birthday, for both sides: the search, and the time that they may start apart. */
export function searchBoundMs({ probes, pacingMs }: Pick<Search, 'probes' | 'pacingMs'>): number {
  return probes * pacingMs + UDP_BOUND_MS
}

/**
 * Openers with a low TTL, from the second attempt on; the first has no time for them.
 *
 * After a failed attempt the router of the peer may have taken an early packet for a connection of its own. Since then
 * it may have moved the peer to another port. Routers do so whose kernel refuses strangers. docs/decisions/0008.
 */
export function planOpenerTtl(technique: Technique, failedAttempts: number): Openers | undefined {
  if (failedAttempts === 0) return undefined
  // The openers of a birthday need not arrive at all: the search finds the mappings that they made.
  return { ttl: OPENER_TTL, untilMs: technique === 'birthday' ? LONGEST_SEARCH_MS : OPENERS_MS }
}
