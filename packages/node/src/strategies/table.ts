import type { StrategyName } from '../report/report.ts'
import { direct } from './direct.ts'
import { relay } from './relay.ts'
import { reverse } from './reverse.ts'
import type { Strategy } from './strategy.ts'
import { tcpPunch } from './tcp-punch.ts'
import { udpPunch } from './udp-punch.ts'

/** Every strategy of this version, in the order in which a call starts them. */
export const STRATEGIES: readonly Strategy[] = [direct, reverse, tcpPunch, udpPunch, relay]

/** The strategy of this name; undefined when this version does not have it. */
export function strategyNamed(name: StrategyName): Strategy | undefined {
  return STRATEGIES.find((strategy) => strategy.name === name)
}
