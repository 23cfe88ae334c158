import { type Clock, within } from '@p2pd/netif'
import type { SideDescription } from '../signalling/side-description.ts'
import type { KeptMapping } from './kept-mapping.ts'
import type { PreparedSide } from './prepared-side.ts'

/** Local sides for one call, and the reason where there are none. */
export interface AcquiredSides {
  readonly sides: readonly PreparedSide[]
  readonly fault?: string
  /**
   * Set where the sides were prepared before their NATs were known. Resolves when these are: whether the sides are as good as
   * any. It does not reject.
   */
  readonly isRight?: Promise<boolean> | undefined
}

/** The local sides of each wanted protocol, as they become ready; none of the promises rejects. */
export type SidesByProtocol = ReadonlyMap<SideDescription['protocol'], Promise<AcquiredSides>>

/** Undefined where the NATs of all of them are known. */
export function areRight(
  unknown: readonly Pick<KeptMapping, 'isAssumptionRight'>[],
): Promise<boolean> | undefined {
  if (unknown.length === 0) return undefined
  const each = unknown.map((mapping) => mapping.isAssumptionRight())
  return Promise.all(each).then((all) => !all.includes(false))
}

/** Those of one protocol; the reason where there are none. */
export function sidesOfProtocol(
  { isRight, ...all }: AcquiredSides,
  wanted: SideDescription['protocol'],
): AcquiredSides {
  const sides = all.sides.filter(({ protocol }) => protocol === wanted)
  const fault = sides.length > 0 ? undefined : all.fault
  return { sides, isRight, ...(fault !== undefined && { fault }) }
}

/** How long a punch waits for a mapping: the discovery of a NAT takes 8 round trips. */
export const ACQUIRE_TIMEOUT_MS = 1500
/** How long a call waits that has no other way: 8 round trips around the world, and a busy host. */
const PATIENT_TIMEOUT_MS = 5000

/** The terms on which one punch wants the side of a mapping. */
export interface SideTerms {
  readonly clock: Clock
  readonly failedAttempts: number
  /** Nothing but a punch may connect the two: a slow discovery is waited for. @default false */
  readonly isOnlyWay?: boolean | undefined
  /** The side is wanted before the NAT is known. @default false */
  readonly isUrgent?: boolean | undefined
  /** A side from what is known without an answer of a server; undefined where that is not enough. */
  readonly guess: () => Promise<PreparedSide | undefined>
}

/** A side, or the reason where there is none. */
export interface SideInTime {
  readonly side?: PreparedSide | undefined
  readonly fault?: string | undefined
}

/**
 * The local side of a mapping for one punch, within the time that its offer or answer waits. Servers that stay silent cost that
 * time, for as long as discovery has not found out: then a side is guessed.
 */
export async function sideInTime(mapping: KeptMapping, terms: SideTerms): Promise<SideInTime> {
  const { clock, guess, isOnlyWay, isUrgent, failedAttempts } = terms
  let fault: string | undefined
  const taking = isUrgent ? mapping.assume() : mapping.acquire(failedAttempts)
  const ready = taking.catch((error: Error) => {
    fault = error.message
    return guess()
  })
  const inTime = await within(clock, ready, isOnlyWay ? PATIENT_TIMEOUT_MS : ACQUIRE_TIMEOUT_MS)
  if (inTime !== undefined) return { side: inTime }
  // A late side has missed its offer.
  taking.then((late) => mapping.release(late, false)).catch(() => {}) // Its reason is in `fault`, or came too late.
  return { side: await within(clock, guess(), 0), fault }
}
