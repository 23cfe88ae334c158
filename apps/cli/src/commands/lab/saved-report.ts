import type { ReportedBox } from '@p2pd/lab'

/** The part of a saved report that a scenario is made from. */
export interface SavedReport {
  readonly caller: readonly ReportedBox[]
  /** Undefined where the report is about one machine. */
  readonly peer: readonly ReportedBox[] | undefined
  /** The strategy that connected, where the report has a call. */
  readonly strategy: string | undefined
}

const TYPES = ['open', 'udp-firewall', 'full-cone', 'restricted', 'port-restricted', 'symmetric', 'blocked']
const DEPENDENCIES = ['endpoint-independent', 'address-dependent', 'address-and-port-dependent', 'unknown']
const DELTAS = ['not-applicable', 'equal', 'preserving', 'independent', 'dependent', 'random']

type Fields = Readonly<Record<string, unknown>>

/**
 * Finds the NATs in what `doctor TARGET --json`, `bugreport` or `netcheck --json` has printed: one JSON text, or one object a
 * line. Throws an `Error` when it has none, or a NAT that is not understood.
 */
export function readSavedReport(text: string): SavedReport {
  const objects = objectsOf(text)
  const situation = objects.find(({ event }) => event === 'situation')
  const strategy = objects.map(strategyOf).find((name) => name !== undefined)
  if (situation !== undefined) {
    const [caller, peer] = [situation['own'], situation['peer']].map((one) =>
      listOf(fieldsOf(one)['nats']).map(boxOf),
    )
    return { caller: caller ?? [], peer, strategy }
  }
  const caller = objects.flatMap(netcheckBoxes)
  if (caller.length === 0)
    throw new Error('it has no NAT: save what `p2pd doctor TARGET --json` or `p2pd bugreport` prints')
  return { caller, peer: undefined, strategy }
}

function objectsOf(text: string): Fields[] {
  try {
    return [fieldsOf(JSON.parse(text))]
  } catch {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    return lines.map((line) => fieldsOf(JSON.parse(line)))
  }
}

/** The boxes of a `netcheck`, alone or within a bundle. */
function netcheckBoxes(object: Fields): ReportedBox[] {
  const { netcheck } = fieldsOf(object['report'] ?? object)
  const { interfaces } = fieldsOf(netcheck ?? object)
  const routes = listOf(interfaces).flatMap((nic) => listOf(fieldsOf(nic)['routes']))
  return routes.flatMap((route) => {
    const { family, nat, externalAddresses } = fieldsOf(route)
    return (['udp', 'tcp'] as const).map((protocol) =>
      boxOf({ family, protocol, report: { ...fieldsOf(fieldsOf(nat)[protocol]), externalAddresses } }),
    )
  })
}

function boxOf(value: unknown): ReportedBox {
  const { family, protocol, report } = fieldsOf(value)
  const { type, mapping, filtering, delta, portRange, externalAddresses, ...more } = fieldsOf(report)
  const { type: deltaType, value: step } = fieldsOf(delta)
  const [low, high] = listOf(portRange)
  const isKnown =
    (family === 'IPv4' || family === 'IPv6') &&
    (protocol === 'udp' || protocol === 'tcp') &&
    isOneOf(TYPES, type) &&
    isOneOf(DEPENDENCIES, mapping) &&
    isOneOf(DEPENDENCIES, filtering) &&
    isOneOf(DELTAS, deltaType) &&
    [step, low, high].every(Number.isInteger)
  if (!isKnown) throw new Error(`this NAT is not understood: ${JSON.stringify(value).slice(0, 200)}`)
  const known = { type, mapping, filtering, delta: { type: deltaType, value: step }, portRange: [low, high] }
  const flags = { hairpin: more['hairpin'] === true, pooledAddresses: more['pooledAddresses'] === true }
  return {
    family,
    protocol,
    report: { ...known, ...flags, externalAddresses: listOf(externalAddresses) },
  } as unknown as ReportedBox
}

/** `connected` names it; `doctor` has it in its words. */
function strategyOf({ event, check, strategy, evidence }: Fields): string | undefined {
  if (event === 'connected' && typeof strategy === 'string') return strategy
  if (check === 'call' && typeof evidence === 'string') return /connected by ([\w-]+)/.exec(evidence)?.[1]
  return undefined
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}

function isOneOf(words: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && words.includes(value)
}
