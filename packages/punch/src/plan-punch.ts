import { familyOf, sameTransportAddress, type TransportAddress } from '@p2pd/netif'
import { widenRange, widthOf } from './attempt.ts'
import { sizeBirthday } from './birthday.ts'
import { type Choice, chooseTechnique } from './choose-technique.ts'
import type { ImpossiblePlan, Openers, PunchPlan, Search, Target, Technique, Timing } from './plan.ts'
import { foresightOf, type PunchSide } from './side.ts'

/** This side: what it told the peer, and the local addresses behind it. */
export interface LocalSide extends PunchSide {
  /** One for each endpoint, in the same order; the first is the socket in `hosts`. At least one. */
  readonly locals: readonly TransportAddress[]
}

/** What the plan is for. */
export interface PunchContext {
  readonly protocol: 'udp' | 'tcp'
  /** The caller controls. */
  readonly controlling: boolean
  /**
   * How many were in vain before, as both sides know. A later one does other things: roles are swapped where they
   * can be, windows are wider, and reports of filters are not believed. @default 0
   */
  readonly attempt?: number
}

/** Two packets in the time in which one gets through a slow path; a lost one costs no more than this. */
const UDP_REPEAT_MS = 50
/** 100 packets a second in all, to ports not known to answer. */
const PACKET_MS = 10
/** Longer than any path takes, with a few losses. */
const UDP_BOUND_MS = 5000
/** Boxes that reset take 1.2 s, losses of SYNs a second each. */
const TCP_BOUND_MS = 10_000
/** Openers of a birthday: no NAT has to make more than 250 mappings a second. */
const OPENER_PACING_MS = 4
/** What a SYN may gain on the opener at the other end: the scatter of two signalling trips. */
const OPENER_LEAD_MS = 20
/** Mappings beyond the known one that a second attempt tries, behind a counter that may count peers after all. */
const DOUBTED_PORTS = 3
/** Past a home router and what a carrier adds; peers are further away. */
const OPENER_TTL = 5
/** Longer than the two sides begin apart: half a slow signalling trip. */
const OPENERS_MS = 300
/** Any port does for an opener. RFC 863's discards what it gets, should somebody listen. */
const OPENER_PORT = 9

/** What to do on this side, for one protocol and family. Pure: the peer gets the matching half. */
export function planPunch(
  local: LocalSide,
  remote: PunchSide,
  context: PunchContext,
): PunchPlan | ImpossiblePlan {
  const { protocol, controlling, attempt = 0 } = context
  const choice = chooseTechnique(protocol, local, remote, attempt)
  if ('reason' in choice) return { protocol, technique: 'impossible', reason: choice.reason }
  const far = choice.nearOnly ? {} : planFar(choice.technique, local, remote, attempt)
  const near: Target[] = choice.near ? remote.hosts.map((host) => ({ socket: 0, remote: host })) : []
  // Near ones last: when they leave the network after all, they move the counter of a NAT.
  const targets = withoutRepeats([...(far.targets ?? []), ...near.filter((one) => sameFamily(one, local))])
  const sockets = far.sockets ?? local.locals.slice(0, 1)
  return {
    protocol,
    controlling,
    technique: choice.technique,
    sockets,
    targets,
    ...(far.search && { search: far.search }),
    ...openersOf(choice, context, far),
    listener: listenerOf(choice, local, context),
    confirms: mayMeetTwice(choice, local, context),
    timing: { ...timingOf(protocol, choice, targets.length, far.search), ...far.timing },
  }
}

/** Half of a plan: across the Internet. */
interface Far {
  readonly sockets?: readonly TransportAddress[]
  readonly targets?: readonly Target[]
  readonly search?: Search
  readonly timing?: Partial<Timing>
}

function planFar(technique: Technique, local: LocalSide, remote: PunchSide, attempt: number): Far {
  switch (technique) {
    case 'known-mappings':
      return { targets: fromFirst(aimAtKnown(remote, attempt)) }
    case 'open-then-listen':
      return foresightOf(local.nat) === 'known' ? open(remote) : reach(remote, attempt)
    case 'window':
      return window(local, remote)
    case 'birthday':
      return foresightOf(local.nat) === 'known' ? search(remote, attempt) : openMany(local, remote, attempt)
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
  const mine = foresightOf(local.nat)
  const theirs = foresightOf(remote.nat)
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

/**
 * The first attempt has no time for them. Where it was in vain a router at the other end may have taken what
 * came too early for a connection of its own, and has since given the peer another port: one that lets its kernel
 * refuse strangers does. docs/decisions/0008.
 */
function openersOf(
  { technique }: Choice,
  { protocol, attempt = 0 }: PunchContext,
  { search: searching }: Far,
): { openers?: Openers } {
  if (protocol === 'tcp' || attempt === 0 || searching !== undefined) return {}
  // Those of a birthday need not arrive at all: the search finds what they opened.
  return { openers: { ttl: OPENER_TTL, untilMs: technique === 'birthday' ? LONGEST_SEARCH_MS : OPENERS_MS } }
}

function timingOf(
  protocol: 'udp' | 'tcp',
  { technique }: Choice,
  targets: number,
  searching: Search | undefined,
): Timing {
  const repeatMs = Math.max(UDP_REPEAT_MS, targets * PACKET_MS)
  const common = { startMs: 0, pacingMs: 0, repeatMs }
  if (protocol === 'tcp') return { ...common, boundMs: TCP_BOUND_MS }
  if (technique !== 'birthday') return { ...common, boundMs: UDP_BOUND_MS }
  const searchMs = searching === undefined ? LONGEST_SEARCH_MS : searching.probes * searching.pacingMs
  return { ...common, boundMs: searchMs + UDP_BOUND_MS }
}

/** All ports but the well-known ones. */
const LONGEST_SEARCH_MS = sizeBirthday(64_512).probes * PACKET_MS

/**
 * Behind one NAT the controlled side listens: on one host or a fast link two dials never meet, and there is no filter
 * between them. What it dialled before opens the way for the case that the NATs differ after all.
 */
function listenerOf(
  { technique, near }: Choice,
  local: PunchSide,
  { protocol, controlling, attempt = 0 }: PunchContext,
): PunchPlan['listener'] {
  if (protocol === 'udp') return 'none'
  if (technique === 'open-then-listen') return foresightOf(local.nat) === 'known' ? 'local' : 'remote'
  if (!near) return 'none'
  // The next time the other one: its own firewall may let nothing in.
  const isMine = controlling === (attempt % 2 === 1)
  return isMine ? 'local' : 'remote'
}

/** Whether more than one connection can come up, or one of somebody else's. */
function mayMeetTwice(
  { technique, near }: Choice,
  local: PunchSide,
  { controlling, attempt = 0 }: PunchContext,
): boolean {
  if (near) return true
  if (technique === 'known-mappings') return attempt > 0
  if (technique !== 'open-then-listen') return true
  // Who dials a known mapping has one connection; who listens may get a stranger's.
  return (foresightOf(local.nat) === 'known') === controlling
}

function fromFirst(remotes: readonly TransportAddress[]): Target[] {
  return remotes.map((remote) => ({ socket: 0, remote }))
}

/** On one host, the external endpoint and the inner one are the same. */
function withoutRepeats(targets: readonly Target[]): Target[] {
  const isSame = (a: Target, b: Target) => a.socket === b.socket && sameTransportAddress(a.remote, b.remote)
  return targets.filter((target, index) => targets.findIndex((other) => isSame(other, target)) === index)
}

function sameFamily({ remote }: Target, { locals }: LocalSide): boolean {
  return locals[0] === undefined || familyOf(locals[0].ip) === familyOf(remote.ip)
}

function portsOf([low, high]: readonly [number, number]): number {
  return high - low + 1
}
