import type { Node } from '@p2pd/node'
import type { Context } from '../context.ts'

/** The parts of a node that decide whether callers find it. */
type Reachable = Pick<Node, 'onEvent' | 'brokers'>

/** The situation after the start of a node. */
export interface Beginning {
  /** Whether a broker is reached. */
  readonly isReached: boolean
  /** The reason why none is, where the node waits for that to change. */
  readonly waitsFor?: string | undefined
}

/**
 * Reports when this node loses its last broker, so that callers no longer find it by its id, and when it has one again.
 * Nothing changes where one broker of several fails. The node itself tries again and again.
 */
export function watchReachability(
  { output }: Pick<Context, 'output'>,
  node: Reachable,
  { isReached: isReachedFirst, waitsFor }: Beginning,
): void {
  let isReached = isReachedFirst
  let wasEver = isReached
  if (waitsFor !== undefined) output.event({ event: 'unreachable', reason: waitsFor })
  node.onEvent((event) => {
    if (event.type !== 'broker-up' && event.type !== 'broker-down') return
    const isUp = node.brokers().some(({ state }) => state === 'up')
    if (isUp === isReached) return
    isReached = isUp
    if (isUp) {
      output.event({ event: 'reachable' })
      output.info(`The network ${wasEver ? 'is back' : 'has come'}: callers can reach this node now.`)
      wasEver = true
    } else {
      const { reason = 'no broker is reached' } = event
      output.event({ event: 'unreachable', reason })
      output.error(`callers cannot reach this node for now: ${reason}`)
    }
  })
}
