import { familyOf, sameTransportAddress } from '@p2pd/netif'
import { sizeBirthday } from './birthday.ts'
import { type Choice, chooseTechnique } from './choose-technique.ts'
import type { ImpossiblePlan, Openers, PunchPlan, Search, Target, Timing } from './plan.ts'
import { type Far, planFar } from './plan-far.ts'
import { predictabilityOf, type LocalSide, type PunchSide } from './side.ts'

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
/** In all, to ports not known to answer. */
const PACKETS_PER_SECOND = 100
/** No more of a peer's words than it can need: endpoints of the widest window, addresses of a carrier's pool. */
const MAX_ENDPOINTS = 128
const MAX_ADDRESSES = 16
/** Longer than any path takes, with a few losses. */
const UDP_BOUND_MS = 5000
/** Boxes that reset take 1.2 s, losses of SYNs a second each. */
const TCP_BOUND_MS = 10_000
/** Past a home router and what a carrier adds; peers are further away. */
const OPENER_TTL = 5
/** Longer than the two sides begin apart: half a slow signalling trip. */
const OPENERS_MS = 300

/** What to do on this side, for one protocol and family. Pure: the peer gets the matching half. */
export function planPunch(
  localSide: LocalSide,
  remoteSide: PunchSide,
  context: PunchContext,
): PunchPlan | ImpossiblePlan {
  const [local, remote] = [bounded(localSide), bounded(remoteSide)]
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

function bounded<Side extends PunchSide>(side: Side): Side {
  const externalAddresses = side.nat.externalAddresses.slice(0, MAX_ADDRESSES)
  const hosts = side.hosts.slice(0, MAX_ADDRESSES)
  const endpoints = side.endpoints.slice(0, MAX_ENDPOINTS)
  return { ...side, nat: { ...side.nat, externalAddresses }, hosts, endpoints }
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
  const rounds = Math.max(1, Math.floor(PACKETS_PER_SECOND / Math.max(1, targets)))
  const repeatMs = Math.max(UDP_REPEAT_MS, Math.ceil(1000 / rounds))
  const common = { startMs: 0, pacingMs: 0, repeatMs }
  if (protocol === 'tcp') return { ...common, boundMs: TCP_BOUND_MS }
  if (technique !== 'birthday') return { ...common, boundMs: UDP_BOUND_MS }
  const searchMs = searching === undefined ? LONGEST_SEARCH_MS : searching.probes * searching.pacingMs
  return { ...common, boundMs: searchMs + UDP_BOUND_MS }
}

/** All ports but the well-known ones. */
const LONGEST_SEARCH_MS = (sizeBirthday(64_512).probes * 1000) / PACKETS_PER_SECOND

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
  if (technique === 'open-then-listen') return predictabilityOf(local.nat) === 'known' ? 'local' : 'remote'
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
  return (predictabilityOf(local.nat) === 'known') === controlling
}

/** On one host, the external endpoint and the inner one are the same. */
function withoutRepeats(targets: readonly Target[]): Target[] {
  const isSame = (a: Target, b: Target) => a.socket === b.socket && sameTransportAddress(a.remote, b.remote)
  return targets.filter((target, index) => targets.findIndex((other) => isSame(other, target)) === index)
}

function sameFamily({ remote }: Target, { locals }: LocalSide): boolean {
  return locals[0] === undefined || familyOf(locals[0].ip) === familyOf(remote.ip)
}
