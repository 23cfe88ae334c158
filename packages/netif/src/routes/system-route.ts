import type { Gateway, Interface } from '../interfaces/interface.ts'
import type { Family } from '../ip/family.ts'

/** An entry of a system's routing table, as far as default routes need it. */
export interface SystemRoute {
  readonly family: Family
  /** The NIC's name. */
  readonly nic: string
  readonly destination: string
  readonly prefixLength: number
  /** Undefined for a link without a router. */
  readonly gateway?: string
  /** The system prefers the lowest. */
  readonly metric: number
}

/** A NIC before its routes are known. */
export type Nic = Omit<Interface, 'gateways' | 'default'>

/** The source address the system picks for a global destination, per family: it knows every rule. */
export type DefaultSources = Readonly<Partial<Record<Family, string>>>

/**
 * Destinations that stand for everything: the default route, and the halves that VPN programs put over
 * it. A longer prefix wins, so the old route stays untouched; 2000::/3 is all IPv6 in use.
 */
const EVERYTHING: ReadonlySet<string> = new Set([
  '0.0.0.0/0',
  '0.0.0.0/1',
  '128.0.0.0/1',
  '::/0',
  '::/1',
  '8000::/1',
  '2000::/3',
])

/** Completes NICs with what the routing table says of them. */
export function withRoutes(
  nics: readonly Nic[],
  routes: readonly SystemRoute[],
  sources: DefaultSources = {},
): Interface[] {
  const wide = routes.filter(isWide)
  const defaults = {
    IPv4: defaultNic('IPv4', nics, wide, sources),
    IPv6: defaultNic('IPv6', nics, wide, sources),
  }
  return nics.map((nic) => ({
    ...nic,
    gateways: gatewaysOf(nic.name, wide),
    default: { IPv4: defaults.IPv4 === nic.name, IPv6: defaults.IPv6 === nic.name },
    ...routerless(nic.name, wide),
    ...chosenSources(nic, sources),
  }))
}

/** The families with a default route that has no router. */
function routerless(nic: string, wide: readonly SystemRoute[]): Pick<Interface, 'defaultRoute'> {
  const own = wide.filter((route) => route.nic === nic && route.gateway === undefined)
  if (own.length === 0) return {}
  return { defaultRoute: Object.fromEntries(own.map(({ family }) => [family, true])) }
}

function chosenSources({ addresses, type }: Nic, sources: DefaultSources): Pick<Interface, 'source'> {
  const own = Object.entries(sources).filter(([, source]) => addresses.some(({ ip }) => ip === source))
  return own.length === 0 || type === 'loopback' ? {} : { source: Object.fromEntries(own) }
}

function isWide({ destination, prefixLength }: SystemRoute): boolean {
  return EVERYTHING.has(`${destination}/${prefixLength}`)
}

function gatewaysOf(nic: string, wide: readonly SystemRoute[]): Gateway[] {
  const gateways = new Map<string, Gateway>()
  for (const { family, gateway, metric } of wide
    .filter((route) => route.nic === nic)
    .toSorted(byPreference)) {
    if (gateway !== undefined && !gateways.has(gateway))
      gateways.set(gateway, { family, ip: gateway, metric })
  }
  return [...gateways.values()]
}

function defaultNic(
  family: Family,
  nics: readonly Nic[],
  wide: readonly SystemRoute[],
  sources: DefaultSources,
): string | undefined {
  const chosen = nics.find(({ addresses }) => addresses.some(({ ip }) => ip === sources[family]))
  if (chosen !== undefined && chosen.type !== 'loopback') return chosen.name
  const up = new Set(nics.filter((nic) => nic.up).map(({ name }) => name))
  return wide.filter((route) => route.family === family && up.has(route.nic)).toSorted(byPreference)[0]?.nic
}

/** The longest prefix wins, then the lowest metric. RFC 1812 §5.2.4.3. */
function byPreference(a: SystemRoute, b: SystemRoute): number {
  return b.prefixLength - a.prefixLength || a.metric - b.metric
}
