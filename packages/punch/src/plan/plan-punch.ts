import { familyOf, sameTransportAddress } from '@p2pd/netif'
import { choosePaths, type ChosenPaths } from './choose-paths.ts'
import type { ImpossiblePlan, PunchPlan, PunchTarget } from './plan.ts'
import { planExternal } from './plan-external.ts'
import { planOpenerTtl, planTiming } from './plan-timing.ts'
import { portAssignmentOf } from './punch-nat.ts'
import { type LocalSide, onOneNetwork, type PunchSide } from './side.ts'

/** The part of a plan that does not depend on the two NATs. */
export interface PunchContext {
  readonly protocol: 'udp' | 'tcp'
  /** The caller controls. RFC 8445 §6.1.1. */
  readonly controlling: boolean
  /**
   * How many attempts failed before, as both sides know. A later attempt does not believe the reports of filters,
   * widens windows and searches, and swaps the roles where it can. @default 0
   */
  readonly failedAttempts?: number
}

/** A peer's data beyond what it can need is cut off: endpoints of the widest window, addresses of a carrier's pool. */
const MAX_ENDPOINTS = 128
const MAX_ADDRESSES = 16

/** Plans what this side does, for one protocol and family. Pure: the peer gets the matching half. */
export function planPunch(
  localSide: LocalSide,
  remoteSide: PunchSide,
  context: PunchContext,
): PunchPlan | ImpossiblePlan {
  const [local, remote] = [withinLimits(localSide), withinLimits(remoteSide)]
  const { protocol, controlling, failedAttempts = 0 } = context
  const choice = choosePaths(protocol, local, remote, failedAttempts)
  if ('reason' in choice) return { protocol, technique: 'impossible', reason: choice.reason }
  const { technique } = choice
  const external = choice.external ? planExternal(technique, local, remote, failedAttempts) : {}
  const { search } = external
  // Hosts last: a packet to a host that leaves the network after all moves the counter of the NAT.
  const targets = withoutRepeats([...(external.targets ?? []), ...hostTargets(choice, local, remote)])
  const openers =
    protocol === 'udp' && search === undefined ? planOpenerTtl(technique, failedAttempts) : undefined
  return {
    protocol,
    controlling,
    technique,
    sockets: external.sockets ?? local.locals.slice(0, 1),
    targets,
    ...(search && { search }),
    ...(openers && { openers }),
    listener: listenerOf(choice, local, remote, context),
    confirms: needsConfirmation(choice, local, context),
    timing: { ...planTiming(protocol, technique, targets.length, search), ...external.timing },
  }
}

function withinLimits<Side extends PunchSide>(side: Side): Side {
  const externalAddresses = side.nat.externalAddresses.slice(0, MAX_ADDRESSES)
  const hosts = side.hosts.slice(0, MAX_ADDRESSES)
  const endpoints = side.endpoints.slice(0, MAX_ENDPOINTS)
  return { ...side, nat: { ...side.nat, externalAddresses }, hosts, endpoints }
}

function hostTargets({ hosts }: ChosenPaths, { locals }: LocalSide, remote: PunchSide): PunchTarget[] {
  const [local] = locals
  const isSameFamily = (ip: string) => local === undefined || familyOf(local.ip) === familyOf(ip)
  const reachable = hosts ? remote.hosts.filter(({ ip }) => isSameFamily(ip)) : []
  return reachable.map((host) => ({ socket: 0, remote: host }))
}

/**
 * Behind one NAT, or on one network without any, the controlled side listens. On one host or a fast link two dials never
 * cross: each is refused before the other begins. Its dials before open the NATs in case that there are two after all.
 */
function listenerOf(
  { technique, hosts }: ChosenPaths,
  local: PunchSide,
  remote: PunchSide,
  { protocol, controlling, failedAttempts = 0 }: PunchContext,
): PunchPlan['listener'] {
  if (protocol === 'udp') return 'none'
  if (technique === 'open-then-listen') return portAssignmentOf(local.nat) === 'reused' ? 'local' : 'remote'
  if (!hosts && !onOneNetwork(local, remote)) return 'none'
  // The sides take turns: the firewall of one host may admit nothing.
  return controlling === (failedAttempts % 2 === 1) ? 'local' : 'remote'
}

/** Whether more than one connection can come up, or one of a stranger. */
function needsConfirmation(
  { technique, hosts }: ChosenPaths,
  local: PunchSide,
  { controlling, failedAttempts = 0 }: PunchContext,
): boolean {
  if (hosts) return true
  if (technique === 'known-mappings') return failedAttempts > 0
  if (technique !== 'open-then-listen') return true
  // The side that dials a known mapping has one connection; the listening side may get a stranger's.
  return (portAssignmentOf(local.nat) === 'reused') === controlling
}

/** On one host, the external endpoint and the host candidate are the same. */
function withoutRepeats(targets: readonly PunchTarget[]): PunchTarget[] {
  const isSame = (a: PunchTarget, b: PunchTarget) =>
    a.socket === b.socket && sameTransportAddress(a.remote, b.remote)
  return targets.filter((target, index) => targets.findIndex((other) => isSame(other, target)) === index)
}
