import type { TransportAddress } from '@p2pd/netif'
import { scaleOf, widenRange } from '../attempt.ts'
import { sizeBirthday } from './birthday.ts'
import type { Search, PunchTarget, Technique, Timing } from './plan.ts'
import { searchBoundMs } from './plan-timing.ts'
import { type PortAssignment, portAssignmentOf } from './punch-nat.ts'
import type { LocalSide, PunchSide } from './side.ts'

/** Openers of a birthday: no NAT has to make more than 250 mappings a second. */
const OPENER_PACING_MS = 4
/** The two sides start this far apart, by the jitter of two signalling messages: the opener has to leave first. */
const OPENER_LEAD_MS = 20
/** Mappings beyond the known one that a second attempt tries: the NAT may map each peer to a new port after all. */
const DOUBTED_PORTS = 3
/** Any port does for an opener; the discard service ignores its packets. RFC 863. */
export const OPENER_PORT = 9

/** The part of a plan that leads through both NATs. */
export interface ExternalPlan {
  readonly sockets?: readonly TransportAddress[]
  readonly targets?: readonly PunchTarget[]
  readonly search?: Search
  readonly timing?: Partial<Timing>
}

/** Plans what one side sends towards the external endpoints of the other. */
export function planExternal(
  technique: Technique,
  local: LocalSide,
  remote: PunchSide,
  failedAttempts: number,
): ExternalPlan {
  switch (technique) {
    case 'known-mappings':
      return { targets: fromFirst(knownMappings(remote, failedAttempts)) }
    case 'open-then-listen':
      return portAssignmentOf(local.nat) === 'reused'
        ? planOpeners(remote)
        : planArrival(remote, failedAttempts)
    case 'window':
      return planWindow(local, remote)
    case 'birthday':
      return portAssignmentOf(local.nat) === 'reused'
        ? planSearch(remote, failedAttempts)
        : planManySockets(local, remote, failedAttempts)
  }
}

/**
 * The mapping that a STUN server saw. After a failed attempt also the next ones of the counter, as the NAT may map
 * each peer to a new port after all.
 */
function knownMappings({ nat, endpoints }: PunchSide, failedAttempts: number): TransportAddress[] {
  const [seen] = endpoints
  if (seen === undefined) return []
  const isCounter = nat.delta.type === 'independent' || nat.delta.type === 'dependent'
  const doubted = failedAttempts > 0 && isCounter ? DOUBTED_PORTS * (scaleOf(failedAttempts) - 1) : 0
  const ports = Array.from({ length: doubted + 1 }, (_, i) => seen.port + i * nat.delta.value)
  return ports.filter((port) => port > 0 && port < 65_536).map((port) => ({ ip: seen.ip, port }))
}

/** Opens the filter of the own NAT towards every address of the peer's NAT. */
function planOpeners({ nat, endpoints }: PunchSide): ExternalPlan {
  const ips = new Set([...endpoints.map(({ ip }) => ip), ...nat.externalAddresses])
  const port = endpoints[0]?.port ?? OPENER_PORT
  return { targets: fromFirst([...ips].map((ip) => ({ ip, port }))) }
}

/** Dials the mapping of the peer, a moment after the peer's opener has left. */
function planArrival({ endpoints }: PunchSide, failedAttempts: number): ExternalPlan {
  return {
    targets: fromFirst(endpoints.slice(0, 1)),
    timing: { startMs: OPENER_LEAD_MS * scaleOf(failedAttempts) },
  }
}

/**
 * Plans for ports that can be predicted. RFC 5128 §3.5.
 *
 * Behind a counter, half as many sockets as predicted ports all send to one endpoint, so that they occupy a row
 * of ports. The peer sends to the last port of the row. One socket has that port as long as other hosts move the
 * counter by less than the length of the row. When both NATs count, both sides do so.
 */
function planWindow(local: LocalSide, remote: PunchSide): ExternalPlan {
  const mine = portAssignmentOf(local.nat)
  const theirs = portAssignmentOf(remote.nat)
  if (mine === 'reused') {
    const row = rowOf(remote)
    const aims =
      theirs === 'preserved' ? remote.endpoints : [remote.endpoints[row - 1], remote.endpoints.at(-1)]
    return { targets: fromFirst(aims.filter((aim) => aim !== undefined)) }
  }
  if (mine === 'preserved' && theirs === 'preserved') {
    const pairs = Math.min(local.locals.length, remote.endpoints.length)
    return {
      sockets: local.locals.slice(0, pairs),
      targets: remote.endpoints.slice(0, pairs).map((endpoint, socket) => ({ socket, remote: endpoint })),
    }
  }
  const aim = theirs === 'sequential' ? remote.endpoints[rowOf(remote) - 1] : remote.endpoints[0]
  const count =
    mine === 'sequential' ? socketsFor(local, theirs) : theirs === 'reused' ? local.locals.length : 1
  const sockets = local.locals.slice(0, count)
  return { sockets, targets: aim === undefined ? [] : sockets.map((_, socket) => ({ socket, remote: aim })) }
}

/**
 * The sockets that bring the counter to the endpoint at which the peer aims. This host may have moved the counter past it
 * meanwhile; a peer with a known mapping then aims at the last endpoint as well.
 */
function socketsFor({ endpoints, locals, lead = 0, ...side }: LocalSide, theirs: PortAssignment): number {
  const first = rowOf({ ...side, endpoints }) + lead
  const count = first < 1 && theirs === 'reused' ? endpoints.length + lead : first
  return Math.min(Math.max(count, 1), locals.length)
}

/** The length of the row: how many ports a side behind a counter occupies. */
function rowOf({ endpoints }: PunchSide): number {
  return Math.ceil(endpoints.length / 2)
}

function planSearch({ nat }: PunchSide, failedAttempts: number): ExternalPlan {
  const { externalAddresses: ips } = nat
  const portRange = widenRange(nat.portRange, failedAttempts)
  const { probes, probePacingMs } = sizeBirthday(portsOf(portRange) * ips.length)
  return { search: { ips, portRange, probes, pacingMs: probePacingMs } }
}

function planManySockets(
  { nat, locals }: LocalSide,
  { endpoints }: PunchSide,
  failedAttempts: number,
): ExternalPlan {
  const portRange = widenRange(nat.portRange, failedAttempts)
  const size = sizeBirthday(portsOf(portRange) * nat.externalAddresses.length)
  const any = { ip: locals[0]?.ip ?? '0.0.0.0', port: 0 }
  const sockets = Array.from({ length: size.sockets }, (_, index) => locals[index] ?? any)
  const targets = sockets.flatMap((_, socket) => endpoints.slice(0, 1).map((remote) => ({ socket, remote })))
  // A later attempt is slower: the NAT may have dropped packets that came too fast.
  const pacingMs = OPENER_PACING_MS * scaleOf(failedAttempts)
  const boundMs = searchBoundMs({ probes: size.probes, pacingMs: size.probePacingMs })
  return { sockets, targets, timing: { pacingMs, repeatMs: 0, boundMs } }
}

function fromFirst(remotes: readonly TransportAddress[]): PunchTarget[] {
  return remotes.map((remote) => ({ socket: 0, remote }))
}

function portsOf([low, high]: readonly [number, number]): number {
  return high - low + 1
}
