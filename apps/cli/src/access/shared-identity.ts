import type { Node } from '@p2pd/node'
import type { Context } from '../context.ts'

/** Warns when another program listens with this identity: callers reach either, and mostly one was forgotten. */
export function watchSharedIdentity({ output }: Pick<Context, 'output'>, node: Pick<Node, 'onEvent'>): void {
  node.onEvent(({ type }) => {
    if (type !== 'identity-shared') return
    output.event({ event: 'identity-shared' })
    output.error(
      'another program listens with this identity, and callers reach either: give each its own by --identity',
    )
  })
}
