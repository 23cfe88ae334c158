import { type BoxSettings, presets } from '@p2pd/lab'
import type { StrategyName } from '@p2pd/node'
import { R_D, R_S } from '../../test/connect/testbed.ts'

/** A way to be connected, and what it takes. */
export interface ConnectCase {
  readonly name: string
  /** What the peer is behind. */
  readonly nat?: BoxSettings
  /** What the caller is behind, for whom punching is measured: both learn of their NATs first. */
  readonly callerNat?: BoxSettings
  /** What the caller knows of the peer. */
  readonly by: 'address' | 'id'
  readonly strategy: StrategyName
  /** Below this no protocol of these messages gets: the offer or the record, TCP's handshake, TLS's. */
  readonly floorMs: number
  /** What is promised without loss. */
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
    // The last leg of TCP's handshake is the peer's: half an R_d passes before the caller hears of it.
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

/** The value below which so great a share is. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
