import { InvalidArgumentError } from '../../commander.ts'
import { parseCount } from '../../values.ts'

/** Seeds are what 32 bits hold. */
const LARGEST_SEED = 2 ** 32 - 1

/** For what makes no sense without one. */
export function parsePositive(text: string): number {
  const count = parseCount(text)
  if (count === 0) throw new InvalidArgumentError('Give a number from 1 on.')
  return count
}

export function parseSeed(text: string): number {
  const seed = parseCount(text)
  if (seed > LARGEST_SEED) throw new InvalidArgumentError(`Give a number up to ${LARGEST_SEED}.`)
  return seed
}

/** `udp,tcp`. */
export function parseProtocols(text: string): ('udp' | 'tcp')[] {
  return text.split(',').map((word) => {
    const name = word.trim()
    if (name !== 'udp' && name !== 'tcp') throw new InvalidArgumentError(`"${word}" is neither udp nor tcp.`)
    return name
  })
}
