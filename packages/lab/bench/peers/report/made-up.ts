import type { Attempt } from '../attempt.ts'
import { pairs } from '../pairs.ts'

/** An attempt in the pair with this caller and callee. */
export function attempt(made: Pick<Attempt, 'system' | 'caller' | 'callee'> & Partial<Attempt>): Attempt {
  const pair = pairs.find(({ caller, callee }) => caller === made.caller && callee === made.callee)
  if (pair === undefined) throw new Error('there is no such pair')
  return { start: 'warm', way: 'direct', group: pair.group, ...made }
}
