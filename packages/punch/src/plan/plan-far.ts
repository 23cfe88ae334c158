import type { TransportAddress } from '@p2pd/netif'
import { widenRange, widthOf } from '../attempt.ts'
import { sizeBirthday } from './birthday.ts'
import type { Search, Target, Technique, Timing } from './plan.ts'
import { predictabilityOf, type LocalSide, type PunchSide } from './side.ts'

/** Openers of a birthday: no NAT has to make more than 250 mappings a second. */
const OPENER_PACING_MS = 4
/** What a SYN may gain on the opener at the other end: the scatter of two signalling trips. */
const OPENER_LEAD_MS = 20
/** Mappings beyond the known one that a second attempt tries, behind a counter that may count peers after all. */
const DOUBTED_PORTS = 3
/** Any port does for an opener. RFC 863's discards what it gets, should somebody listen. */
export const OPENER_PORT = 9

/** Half of a plan: across the Internet. */
export interface Far {
  readonly sockets?: readonly TransportAddress[]
  readonly targets?: readonly Target[]
  readonly search?: Search
  readonly timing?: Partial<Timing>
}

/** What one side does towards the other, beyond their own networks. */
export function planFar(technique: Technique, local: LocalSide, remote: PunchSide, attempt: number): Far {
  switch (technique) {
    case 'known-mappings':
      return { targets: fromFirst(aimAtKnown(remote, attempt)) }
    case 'open-then-listen':
      return predictabilityOf(local.nat) === 'known' ? open(remote) : reach(remote, attempt)
    case 'window':
      return window(local, remote)
    case 'birthday':
      return predictabilityOf(local.nat) === 'known'
        ? search(remote, attempt)
        : openMany(local, remote, attempt)
  }
}

/** The mapping that was seen; when that was in vain, those that a counter makes next: it may count peers after all. */
function aimAtKnown({ nat, endpoints }: PunchSide, attempt: number): TransportAddress[] {
  const [seen] = endpoints
  if (seen === undefined) return []
  const isCounter = nat.delta.type === 'independent' || nat.delta.type === 'dependent'
  const doubted = attempt > 0 && isCounter ? DOUBTED_PORTS * (widthOf(attempt) - 1) : 0
  const ports = Array.from({ length: doubted + 1 }, (_, i) => seen.port + i * nat.delta.value)
  return ports.filter((port) => port > 0 && port < 65_536).map((port) => ({ ip: seen.ip, port }))
}

/** Opens the own filter towards every address the peer may come from. */
function open({ nat, endpoints }: PunchSide): Far {
  const ips = new Set([...endpoints.map(({ ip }) => ip), ...nat.externalAddresses])
  const port = endpoints[0]?.port ?? OPENER_PORT
  return { targets: fromFirst([...ips].map((ip) => ({ ip, port }))) }
}

/** Comes in where the peer has opened. */
function reach({ endpoints }: PunchSide, attempt: number): Far {
  return { targets: fromFirst(endpoints.slice(0, 1)), timing: { startMs: OPENER_LEAD_MS * widthOf(attempt) } }
}

/**
 * Ports that can be predicted.
 *
 * Behind a counter, half as many sockets as predicted ports all send to one endpoint, so that they occupy a row
 * of ports; the peer aims at the last of the row. However far others have moved the counter, up to the row's
 * length, one socket has that port. When both count, both do so.
 */
function window(local: LocalSide, remote: PunchSide): Far {
  const mine = predictabilityOf(local.nat)
  const theirs = predictabilityOf(remote.nat)
  if (mine === 'known') {
    const row = rowOf(remote)
    const aims = theirs === 'exact' ? remote.endpoints : [remote.endpoints[row - 1], remote.endpoints.at(-1)]
    return { targets: fromFirst(aims.filter((aim) => aim !== undefined)) }
  }
  if (mine === 'exact' && theirs === 'exact') {
    const pairs = Math.min(local.locals.length, remote.endpoints.length)
    return {
      sockets: local.locals.slice(0, pairs),
      targets: remote.endpoints.slice(0, pairs).map((endpoint, socket) => ({ socket, remote: endpoint })),
    }
  }
  const aim = theirs === 'counted' ? remote.endpoints[rowOf(remote) - 1] : remote.endpoints[0]
  const count = mine === 'counted' ? rowOf(local) : theirs === 'known' ? local.locals.length : 1
  const sockets = local.locals.slice(0, count)
  return { sockets, targets: aim === undefined ? [] : sockets.map((_, socket) => ({ socket, remote: aim })) }
}

/** How many ports a side behind a counter occupies. */
function rowOf({ endpoints }: PunchSide): number {
  return Math.ceil(endpoints.length / 2)
}

function search({ nat }: PunchSide, attempt: number): Far {
  const { externalAddresses: ips } = nat
  const portRange = widenRange(nat.portRange, attempt)
  const { probes, probePacingMs } = sizeBirthday(portsOf(portRange) * ips.length)
  return { search: { ips, portRange, probes, pacingMs: probePacingMs } }
}

function openMany({ nat, locals }: LocalSide, { endpoints }: PunchSide, attempt: number): Far {
  const portRange = widenRange(nat.portRange, attempt)
  const { sockets: count } = sizeBirthday(portsOf(portRange) * nat.externalAddresses.length)
  const any = { ip: locals[0]?.ip ?? '0.0.0.0', port: 0 }
  const sockets = Array.from({ length: count }, (_, index) => locals[index] ?? any)
  const targets = sockets.flatMap((_, socket) => endpoints.slice(0, 1).map((remote) => ({ socket, remote })))
  // Slower when it was in vain: a NAT may have dropped what came too fast.
  return { sockets, targets, timing: { pacingMs: OPENER_PACING_MS * widthOf(attempt), repeatMs: 0 } }
}

function fromFirst(remotes: readonly TransportAddress[]): Target[] {
  return remotes.map((remote) => ({ socket: 0, remote }))
}

function portsOf([low, high]: readonly [number, number]): number {
  return high - low + 1
}
