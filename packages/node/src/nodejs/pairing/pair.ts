import { NodeError } from '../../node-error.ts'
import type { Paired, PairOptions } from './pair-options.ts'

/** Numbers that are drawn before so many that are in use look like an attack. */
const DRAWS = 5

/**
 * Pairs with another program that has the same code: each learns the node id of the other, and nobody else does. Fails with
 * `NODE_BAD_CODE` for a typing error, before a guess is spent, with `NODE_CODE_WRONG`, `NODE_CODE_OVER`, `NODE_NO_ANSWER`,
 * `NODE_NO_BROKER` or `NODE_ABORTED`. Without a code it is `NODE_CODE_TAKEN` when five drawn numbers are in use. draft-irtf-cfrg-cpace.
 */
export async function pair(options: PairOptions): Promise<Paired> {
  // Its mathematics of curves takes longer to load than all else, and most nodes never pair.
  const { pairOnce } = await import('./pair-once.ts')
  if (options.code !== undefined) return pairOnce(options, options.code)
  for (let draw = 1; ; draw++) {
    try {
      return await pairOnce(options, undefined)
    } catch (error) {
      if (draw === DRAWS || !(error instanceof NodeError) || error.code !== 'NODE_CODE_TAKEN') throw error
    }
  }
}
