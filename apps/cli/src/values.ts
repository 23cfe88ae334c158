import type { RelayPolicy, StrategyName } from '@p2pd/node'
import { InvalidArgumentError, Option } from './commander.ts'

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
/** Timers of JavaScript count to 24.8 days; nobody waits for longer than this. */
const LONGEST_MS = 24 * UNITS.h
const LARGEST_PORT = 65_535

/** The names of `@p2pd/node`, which the command line does not load to be parsed; a missing one is a type error. */
const STRATEGIES: Readonly<Record<StrategyName, true>> = {
  direct: true,
  reverse: true,
  'tcp-punch': true,
  'udp-punch': true,
  relay: true,
}

/** When a call may go through a relay; a missing policy is a type error. */
const RELAY: Readonly<Record<RelayPolicy, true>> = { early: true, last: true, never: true, only: true }

/** `--relay`, of every command whose node calls or is called. */
export function relayOption(): Option {
  return new Option('--relay <when>', 'when to use a relay').choices(Object.keys(RELAY))
}

/** `--timeout`, of every command that calls. */
export function timeoutOption(meaning: string): Option {
  return new Option('--timeout <duration>', meaning).argParser(parseDuration).default(30_000, '30s')
}

/** For commands that use the node of the daemon where one runs. */
export function standaloneOption(): Option {
  return new Option('--standalone', 'a node of its own, even when your daemon runs')
}

/** `30s`, `500ms`, `2m`, `1h`; a bare number is in seconds. */
export function parseDuration(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? []
  if (number === undefined) throw new InvalidArgumentError('Give a duration such as 30s, 500ms or 2m.')
  const durationMs = Number(number) * UNITS[unit as keyof typeof UNITS]
  if (durationMs === 0 || durationMs > LONGEST_MS)
    throw new InvalidArgumentError('Give a duration of more than nothing and at most 24h.')
  return durationMs
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

/** A whole number from 1. */
export function parsePositive(text: string): number {
  const count = parseCount(text)
  if (count === 0) throw new InvalidArgumentError('Give a whole number from 1.')
  return count
}

/** `direct,reverse`: names in the order in which they are tried, each once. Given again, the option adds to them. */
export function parseStrategies(text: string, before: readonly StrategyName[] = []): StrategyName[] {
  const names = Object.keys(STRATEGIES) as StrategyName[]
  const wanted = text.split(',').map((word) => {
    const name = names.find((known) => known === word.trim())
    if (name === undefined) throw new InvalidArgumentError(`"${word}" is none of ${names.join(', ')}.`)
    return name
  })
  return [...new Set([...before, ...wanted])]
}

/** Why two options leave no strategy; undefined where they do. */
export function relayConflict(
  strategies: readonly StrategyName[] | undefined,
  relay: RelayPolicy | undefined,
): string | undefined {
  if (strategies === undefined || (relay !== 'never' && relay !== 'only')) return undefined
  const isLeft = strategies.some((name) => (name === 'relay') === (relay === 'only'))
  return isLeft ? undefined : `--strategies ${strategies.join(',')} and --relay ${relay} leave no strategy`
}

type Transport = 'tcp' | 'udp'

/** `tcp,udp`: transport protocols, each once. */
export function parseTransports(text: string, before: readonly Transport[] = []): Transport[] {
  const wanted = text.split(',').map((word) => {
    const name = word.trim()
    if (name !== 'tcp' && name !== 'udp') throw new InvalidArgumentError(`"${word}" is neither tcp nor udp.`)
    return name
  })
  return [...new Set([...before, ...wanted])]
}

/** `a,b`: words, each once. */
export function parseList(text: string, before: readonly string[] = []): string[] {
  const words = text.split(',').map((word) => word.trim())
  return [...new Set([...before, ...words.filter((word) => word !== '')])]
}

/** A port that a program listens on. */
export function parseListeningPort(text: string): number {
  const port = parseCount(text)
  if (port < 1 || port > LARGEST_PORT)
    throw new InvalidArgumentError(`Give a port from 1 to ${LARGEST_PORT}.`)
  return port
}

/** For an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value]
}

/** Adds `name:password` to the users before it; a password may have colons. */
export function collectUser(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name = '', password = ''] = /^([^:]+):(.+)$/s.exec(text) ?? []
  if (name === '') throw new InvalidArgumentError('Give a user as NAME:PASSWORD.')
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`"${name}" is given twice.`)
  return { ...before, [name]: password }
}

const RATE_UNITS = { '': 1, k: 1e3, M: 1e6, G: 1e9, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 } as const

/** `5MB/s`, `300kB/s`, `1MiB/s`, a bare number: bytes a second. */
export function parseRate(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(k|M|G|Ki|Mi|Gi)?B?(?:\/s)?$/.exec(text) ?? []
  const rate = Math.round(Number(number) * RATE_UNITS[unit as keyof typeof RATE_UNITS])
  if (number === undefined || rate === 0)
    throw new InvalidArgumentError('Give a rate such as 5MB/s or 300kB/s.')
  return rate
}
