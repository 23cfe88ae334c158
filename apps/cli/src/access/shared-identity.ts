import type { Node } from '@p2pd/node'
import { hostname } from 'node:os'
import type { Context } from '../context.ts'

const REMEDY =
  'stop one, run `p2pd daemon` before both, which then share its node, or give each its own by --identity'

/** Warns when another program listens with this identity: callers reach either, and mostly one was forgotten. */
export function watchSharedIdentity({ output }: Pick<Context, 'output'>, node: Pick<Node, 'onEvent'>): void {
  node.onEvent((event) => {
    if (event.type !== 'identity-shared') return
    const { by } = event
    output.event({ event: 'identity-shared', ...by })
    const host = by?.host === hostname() ? 'of this machine' : `of ${JSON.stringify(by?.host)}`
    const which = by === undefined ? '' : ` (process ${by.pid} ${host})`
    output.error(`another program${which} listens with this identity, and callers reach either: ${REMEDY}`)
  })
}
