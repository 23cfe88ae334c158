import type { CallOptions } from '@p2pd/node'
import type { Context } from '../context.ts'
import { type NodeNeeds, withNode } from '../with-node.ts'
import { type CalledPipe, connectByDaemon } from './daemon-pipe.ts'
import { findDaemon } from './find-daemon.ts'

/** Something that calls peers: the node of the daemon, or one of this process. */
export interface Caller {
  connect(target: string, options: CallOptions): Promise<CalledPipe>
}

/** Runs something that calls peers, with the daemon's node where the user's daemon runs, else with a new node. */
export async function withCaller<Result>(
  context: Context,
  needs: NodeNeeds,
  run: (caller: Caller) => Promise<Result>,
): Promise<Result> {
  const daemon = await findDaemon(context)
  if (daemon === undefined) return withNode(context, needs, run)
  const { relay } = context
  return run({ connect: (target, options) => connectByDaemon(daemon, target, { relay, ...options }) })
}
