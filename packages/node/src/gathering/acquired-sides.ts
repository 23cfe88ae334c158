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
