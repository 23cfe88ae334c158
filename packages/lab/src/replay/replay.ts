import { untestedReport } from '@p2pd/nat'
import { connectPair } from '../population/connect-pair.ts'
import { type DirectStrategy, methodsOf } from '../population/method.ts'
import type { PeerPair } from '../population/pair.ts'
import { tellReports } from '../population/pair-reports.ts'
import type { Peer } from '../population/peer.ts'
import type { BoxSettings } from '../nat/settings.ts'
import type { Scenario } from '../scenario.ts'
import { type ReportedBox, settingsOfReports } from './settings-of-report.ts'

export * from './settings-of-report.ts'

/** The NATs of two peers, by the reports of their nodes. */
export interface ReportedPair {
  readonly caller: readonly ReportedBox[]
  /** Settings stand for a peer that has reported nothing. */
  readonly peer: readonly ReportedBox[] | BoxSettings
  readonly seed: number
}

/** The result of a call between two peers of the laboratory. */
export interface ReplayedCall {
  /** Undefined where only a relay connects them. */
  readonly strategy: DirectStrategy | undefined
  /** Milliseconds of virtual time until the caller had a path, or knew that there is none. */
  readonly callerMs: number
}

/** The two networks as a scenario, for `lab run` and for the virtual Internet. */
export function scenarioOf({ caller, peer, seed }: ReportedPair): Scenario {
  return {
    seed,
    boxes: [
      { name: 'caller-nat', settings: boxOf(caller) },
      { name: 'peer-nat', settings: boxOf(peer) },
    ],
    hosts: [
      { name: 'caller', behind: 'caller-nat' },
      { name: 'peer', behind: 'peer-nat' },
    ],
  }
}

/** Calls in the virtual Internet, by every strategy that the two NATs do not rule out. The same seed gives the same result. */
export async function replayCall(reported: ReportedPair): Promise<ReplayedCall> {
  const pair: PeerPair = { caller: peerOf(reported.caller), peer: peerOf(reported.peer), seed: reported.seed }
  const reports = tellReports(pair)
  const { method, callerMs } = await connectPair(pair, reports, methodsOf(reports, pair))
  return { strategy: method?.strategy, callerMs }
}

/** A home router stands for the parts that the laboratory draws for a population. */
function peerOf(reported: ReportedPair['peer']): Peer {
  const hasIpv6 =
    isReported(reported) &&
    reported.some(({ family, report }) => family === 'IPv6' && report.type !== 'blocked')
  return { profile: 'residential', class: 'P', settings: boxOf(reported), portMapping: [], ipv6: hasIpv6 }
}

/** The box of IPv4; a missing protocol counts as one that was not tested. */
function boxOf(reported: ReportedPair['peer']): BoxSettings {
  if (!isReported(reported)) return reported
  const of = (protocol: 'udp' | 'tcp') =>
    reported.find((box) => box.family === 'IPv4' && box.protocol === protocol)?.report ?? untestedReport()
  return settingsOfReports(of('udp'), of('tcp'))
}

function isReported(peer: ReportedPair['peer']): peer is readonly ReportedBox[] {
  return Array.isArray(peer)
}
