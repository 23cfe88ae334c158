import { type Clock, sleep } from '@p2pd/netif'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import type { AcquiredSides, SidesByProtocol } from '../gathering/acquired-sides.ts'

/** The protocol of a punch. */
export type PunchProtocol = PreparedSide['protocol']

/** The local sides that are ready, by protocol. */
export type ReadySides = ReadonlyMap<PunchProtocol, AcquiredSides>

/** Waits for the sides of every protocol. */
export async function allReady(acquired: SidesByProtocol): Promise<ReadySides> {
  const each = [...acquired].map(async ([protocol, sides]) => [protocol, await sides] as const)
  return new Map(await Promise.all(each))
}

/** Waits for the sides of the first protocol, or for `patienceMs`; gives those of every protocol that is ready by then. */
export async function firstReady(
  clock: Clock,
  acquired: SidesByProtocol,
  patienceMs: number | undefined,
  signal: AbortSignal,
): Promise<ReadySides> {
  const ready = new Map<PunchProtocol, AcquiredSides>()
  const each = [...acquired].map(async ([protocol, sides]) => void ready.set(protocol, await sides))
  if (each.length === 0) return ready
  const over = new AbortController()
  // The wait is only ended here.
  const first =
    patienceMs === undefined ? each : [...each, sleep(clock, patienceMs, over.signal).catch(() => {})]
  await Promise.race(first)
  over.abort()
  // Sides that were kept for this call are all ready in the same turn.
  await sleep(clock, 0, signal)
  return new Map(ready)
}

/** The reasons of protocols that have no side. */
export function faultsOf(sides: ReadySides): ReadonlyMap<PunchProtocol, string> {
  const faults = [...sides].flatMap(([protocol, { fault }]) =>
    fault === undefined ? [] : [[protocol, fault] as const],
  )
  return new Map(faults)
}
