import type { NatType } from '../report/behaviour.ts'
import { NO_DEFAULT_ROUTE, type Netcheck, type OtherServerCheck } from './netcheck.ts'
import type { NetcheckInterface } from './netcheck-interface.ts'
import type { NatReport } from '../report/nat-report.ts'

/** The meaning of each type for connecting. */
const MEANINGS: Readonly<Record<NatType, string>> = {
  open: 'reachable by everyone',
  'udp-firewall': 'no NAT; a firewall lets only replies in, which punching passes',
  'full-cone': 'reachable by everyone at the external port',
  restricted: 'punching works; peers with any NAT can come in',
  'port-restricted': 'punching works with most peers',
  symmetric: 'a new port for each peer',
  blocked: 'no packet to a peer gets through',
}

/** Formats a check for people, on one screen. Pure. */
export function formatNetcheck(check: Netcheck): string {
  return [
    ...check.interfaces.flatMap(formatInterface),
    ...formatServers('STUN', check.stun),
    ...formatServers('MQTT', check.mqtt),
    ...formatServers('TURN', check.turn),
    ...check.portmap.map(
      (mapping) => `Port mapping: ${typeof mapping === 'string' ? mapping : JSON.stringify(mapping)}`,
    ),
    `Done in ${(check.elapsedMs / 1000).toFixed(1)} s.`,
  ].join('\n')
}

function formatInterface({ name, mac, up, routes, gateway }: NetcheckInterface): string[] {
  const head = `${name}${mac === undefined ? '' : ` (${mac})`}${up ? '' : ', down'}`
  return [
    head,
    ...routes.flatMap((route) => {
      const via = gateway[route.family]
      const external = route.externalAddresses.join(', ')
      const lines = [
        `  ${route.family}  ${route.nicAddresses.join(', ')}${via === undefined ? '' : ` via ${via}`}${external === '' ? '' : `, seen as ${external}`}`,
      ]
      if (route.nat.udp.evidence[0] === NO_DEFAULT_ROUTE) return lines
      return [...lines, `    UDP  ${formatNat(route.nat.udp)}`, `    TCP  ${formatNat(route.nat.tcp)}`]
    }),
  ]
}

function formatNat(report: NatReport): string {
  if (report.confidence === 0) return report.evidence.join('; ')
  const { type, delta, confidence } = report
  const ports = delta.type === 'not-applicable' ? '' : `, ports ${formatDelta(report)}`
  const why = type === 'blocked' ? `: ${report.evidence.join('; ')}` : ''
  return `${type}${ports}: ${meaningOf(report)} (${Math.round(confidence * 100)} % sure)${why}`
}

function meaningOf({ type, delta }: NatReport): string {
  if (type !== 'symmetric') return MEANINGS[type]
  const how = delta.type === 'random' ? 'at random: birthday or relay' : 'by a rule: punching predicts it'
  return `${MEANINGS[type]}, ${how}`
}

function formatDelta({ delta: { type, value } }: NatReport): string {
  return type === 'equal' || type === 'random' ? type : `${type} ${value < 0 ? '' : '+'}${value}`
}

function formatServers(kind: string, servers: readonly OtherServerCheck[]): string[] {
  if (servers.length === 0) return []
  return [
    `${kind} servers`,
    ...servers.map(({ server, ok, rttMs, reason, ...relays }) => {
      const time = rttMs === undefined ? '' : `  ${rttMs.toFixed(0)} ms`
      const end = reason ?? formatRelays(relays)
      return `  ${ok ? 'ok    ' : 'failed'}  ${server}${time}${end === '' ? '' : `  ${end}`}`
    }),
  ]
}

/** The transports that a TURN server relays. */
function formatRelays({ udp, tcp }: Pick<OtherServerCheck, 'udp' | 'tcp'>): string {
  const families = udp === undefined ? [] : [`relays UDP over ${udp.join(' and ')}`]
  return [...families, ...(tcp === undefined ? [] : [tcp ? 'relays TCP' : 'no TCP'])].join(', ')
}
