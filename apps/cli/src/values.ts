import type { StrategyName } from '@p2pd/node'
import { InvalidArgumentError } from 'commander'

const UNITS = { ms: 1, s: 1000, m: 60_000 } as const
const LARGEST_PORT = 65_535

/** The names of `@p2pd/node`, which the command line does not load to be parsed; a missing one is a type error. */
const STRATEGIES: Readonly<Record<StrategyName, true>> = {
  direct: true,
  reverse: true,
  'tcp-punch': true,
  'udp-punch': true,
  relay: true,
}

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
  const names = Object.keys(STRATEGIES) as StrategyName[]
  return text.split(',').map((word) => {
    const name = names.find((known) => known === word.trim())
    if (name === undefined) throw new InvalidArgumentError(`"${word}" is none of ${names.join(', ')}.`)
    return name
  })
}

/** For an option that may be given several times. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value]
}
