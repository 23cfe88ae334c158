import { NodeError } from '../node-error.ts'
import type { StrategyName } from '../report/report.ts'
import { quote } from '../identity/quote.ts'
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

/** Fails with `NODE_BAD_OPTION` for a strategy that does not exist: a program in JavaScript gives any word. */
export function checkStrategies(names: readonly StrategyName[]): void {
  const unknown = names.find((name) => strategyNamed(name) === undefined)
  if (unknown === undefined) return
  const all = STRATEGIES.map(({ name }) => name).join(', ')
  throw new NodeError('NODE_BAD_OPTION', `strategy ${quote(String(unknown))} is none of ${all}`)
}
