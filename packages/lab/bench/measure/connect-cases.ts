import { type BoxSettings, presets } from '@p2pd/lab'
import type { StrategyName } from '@p2pd/node'
import { R_D, R_S } from '../../test/connect/testbed.ts'

/** A case to measure. */
export interface ConnectCase {
  readonly name: string
  /** The box of the peer. */
  readonly nat?: BoxSettings
  /** The box of the caller in cases of punching, where both sides discover their NATs first. */
  readonly callerNat?: BoxSettings
  /** The caller's knowledge of the peer. */
  readonly by: 'address' | 'id'
  readonly strategy: StrategyName
  /** The least time for the messages: the offer or the record, the handshakes of TCP and TLS. */
  readonly floorMs: number
  /** The limit without loss. */
  readonly limitMs: number
}

export const CONNECT_CASES: readonly ConnectCase[] = [
  { name: 'direct, address known', by: 'address', strategy: 'direct', floorMs: 2 * R_D, limitMs: 110 },
  {
    name: 'direct, id alone',
    by: 'id',
    strategy: 'direct',
    floorMs: R_S / 2 + 2 * R_D,
    limitMs: R_S / 2 + 2.5 * R_D,
  },
  {
    name: 'reverse',
    nat: presets['port-restricted-preserving'],
    by: 'id',
    strategy: 'reverse',
    // The last segment of the TCP handshake goes to the peer, half an R_d before the caller gets the first TLS record.
    floorMs: R_S / 2 + 2.5 * R_D,
    limitMs: R_S / 2 + 2.5 * R_D,
  },
  ...(['tcp-punch', 'udp-punch'] as const).map((strategy) => ({
    name: `${strategy}, two NATs`,
    nat: presets.home,
    callerNat: presets['restricted-preserving'],
    by: 'id' as const,
    strategy,
    floorMs: R_S / 2 + 2 * R_D,
    limitMs: 1.3 * (R_S / 2 + 2 * R_D),
  })),
]

/** From start to "can be called": TCP, CONNECT and SUBSCRIBE take half an R_s each; TLS would take as much again. */
export const START = { name: 'start to can be called', floorMs: 1.5 * R_S, limitMs: 2 * R_S + 100 }

/** The value below which this share of all values is. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
