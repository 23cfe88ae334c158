import { type Clock, sleep, within } from '@p2pd/netif'
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
  const first = Promise.race(each)
  await (patienceMs === undefined ? first : within(clock, first, patienceMs))
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
