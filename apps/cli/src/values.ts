import { STRATEGY_NAMES, type StrategyName } from '@p2pd/node'
import { InvalidArgumentError } from 'commander'

const UNITS = { ms: 1, s: 1000, m: 60_000 } as const
const LARGEST_PORT = 65_535

/** `30s`, `500ms`, `2m`; a bare number is in seconds. */
export function parseDuration(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text) ?? []
  if (number === undefined) throw new InvalidArgumentError('Give a duration such as 30s, 500ms or 2m.')
  return Number(number) * UNITS[unit as keyof typeof UNITS]
}

/** 0 lets the system choose. */
export function parsePort(text: string): number {
  const port = parseCount(text)
  if (port > LARGEST_PORT) throw new InvalidArgumentError(`Give a port from 0 to ${LARGEST_PORT}.`)
  return port
}

export function parseCount(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('Give a whole number.')
  return Number(text)
}

/** `direct,reverse`: names in the order in which they are tried. */
export function parseStrategies(text: string): StrategyName[] {
  return text.split(',').map((word) => {
    const name = STRATEGY_NAMES.find((known) => known === word.trim())
    if (name === undefined)
      throw new InvalidArgumentError(`"${word}" is none of ${STRATEGY_NAMES.join(', ')}.`)
    return name
  })
}

/** For an option that may be given several times. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value]
}
