import { type Family, familyOf, scopeOf } from '@p2pd/netif'
import { type PunchNat, punchable } from '@p2pd/punch'
import type { StrategyName } from '../report/report.ts'
import type { NodeRecord } from '../signalling/record.ts'

/** The chance of one strategy between two nodes, before anything is tried. */
export interface Expectation {
  readonly strategy: StrategyName
  /** 0 to 1. */
  readonly expected: number
  /** How it works, or why it cannot. */
  readonly reason: string
}

/** A TURN server of this host. */
export interface RelayServer {
  readonly server: string
  /** Whether it gives a relayed address. */
  readonly ok: boolean
}

/** A plain connection inside a network, or to a host that nothing hides, fails for reasons of its own alone. */
const PLAIN_CHANCE = 0.99
/** From here on a strategy counts as the one to expect. */
const LIKELY = 0.5
/** Types of networks that leave addresses as they are; `blocked` says nothing about it. */
const UNTRANSLATED = ['open', 'udp-firewall', 'blocked']
const FAMILIES: readonly Family[] = ['IPv6', 'IPv4']

/**
 * The chances of all strategies between two nodes, in the order in which they are preferred, by the table that both nodes
 * plan by. A port that a gateway has mapped is not in it: its effect shows when it is tried. Of relays only the servers of this
 * host are known.
 */
export function expectations(
  own: NodeRecord,
  peer: NodeRecord,
  relays: readonly RelayServer[] = [],
): readonly Expectation[] {
  return [
    { strategy: 'direct', ...plain(own, peer, 'the peer') },
    { strategy: 'reverse', ...plain(peer, own, 'this host') },
    { strategy: 'tcp-punch', ...punch(own, peer, 'tcp') },
    { strategy: 'udp-punch', ...punch(own, peer, 'udp') },
    { strategy: 'relay', ...relayed(relays) },
  ]
}

/** The strategy to expect: the first that is likely, else a relay. */
export function expectedStrategy(chances: readonly Expectation[]): StrategyName {
  return chances.find(({ expected }) => expected >= LIKELY)?.strategy ?? 'relay'
}

function relayed(servers: readonly RelayServer[]): Omit<Expectation, 'strategy'> {
  const answering = servers.find(({ ok }) => ok)
  if (answering !== undefined)
    return { expected: PLAIN_CHANCE, reason: `when nothing else connects: ${answering.server} answers` }
  const own = servers.length === 0 ? 'this host names no TURN server' : 'no TURN server of this host answers'
  return { expected: 0, reason: `${own}; the peer may have one that does` }
}

function plain(from: NodeRecord, to: NodeRecord, who: string): Omit<Expectation, 'strategy'> {
  if (areNear(from, to)) return { expected: PLAIN_CHANCE, reason: 'both are in one network' }
  const open = FAMILIES.filter(
    (family) => natOf(to, family, 'tcp')?.type === 'open' && hasFamily(from, family),
  )
  if (open.length > 0) return { expected: PLAIN_CHANCE, reason: `${who} is open over ${open.join(' and ')}` }
  const nat = FAMILIES.map((family) => natOf(to, family, 'tcp')).find((one) => one !== undefined)
  return {
    expected: 0,
    reason: nat === undefined ? `the NAT of ${who} is unknown` : `${who} is behind a NAT or firewall`,
  }
}

function punch(own: NodeRecord, peer: NodeRecord, protocol: 'udp' | 'tcp'): Omit<Expectation, 'strategy'> {
  const judged = FAMILIES.flatMap((family) => {
    const [a, b] = [natOf(own, family, protocol), natOf(peer, family, protocol)]
    return a === undefined || b === undefined ? [] : [{ family, ...punchable(a, b, protocol) }]
  })
  const best = judged.toSorted((a, b) => b.expected - a.expected)[0]
  if (best === undefined) return { expected: 0, reason: 'no family has a known NAT at both ends' }
  const { expected, technique, family, reason } = best
  return { expected, reason: reason ?? `${technique} over ${family}` }
}

function natOf({ sides }: NodeRecord, family: Family, protocol: 'udp' | 'tcp'): PunchNat | undefined {
  return sides.find((side) => side.family === family && side.protocol === protocol)?.side.nat
}

function hasFamily({ sides }: NodeRecord, family: Family): boolean {
  return sides.some((side) => side.family === family)
}

/**
 * Whether both are on one host, or inside one network. A private address that both have proves nothing behind NATs: many
 * networks have the same ones.
 */
function areNear(a: NodeRecord, b: NodeRecord): boolean {
  const [ownHosts, peerHosts] = [hostsOf(a), hostsOf(b)]
  const isTranslated = [...a.sides, ...b.sides].some(({ side }) => !UNTRANSLATED.includes(side.nat.type))
  if (!isTranslated) return ownHosts.some((ip) => peerHosts.includes(ip))
  const own = new Set(externalOf(a))
  const areInside = [ownHosts, peerHosts].every((hosts) =>
    hosts.some((ip) => familyOf(ip) === 'IPv4' && scopeOf(ip) !== 'global'),
  )
  return areInside && externalOf(b).some((ip) => own.has(ip))
}

function hostsOf({ candidates }: NodeRecord): string[] {
  return candidates.filter(({ kind }) => kind === 'host').map(({ ip }) => ip)
}

function externalOf({ sides }: NodeRecord): string[] {
  return sides.flatMap(({ side }) => side.nat.externalAddresses)
}
