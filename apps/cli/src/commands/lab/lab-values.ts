import { InvalidArgumentError } from '../../commander.ts'
import { parseCount } from '../../values.ts'

/** Seeds are what 32 bits hold. */
const LARGEST_SEED = 2 ** 32 - 1

export function parseSeed(text: string): number {
  const seed = parseCount(text)
  if (seed > LARGEST_SEED) throw new InvalidArgumentError(`Give a number up to ${LARGEST_SEED}.`)
  return seed
}
