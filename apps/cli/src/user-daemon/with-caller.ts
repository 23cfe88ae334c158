import type { CallOptions, Candidate, PeerPipe } from '@p2pd/node'
import type { Context } from '../context.ts'
import { type NodeNeeds, withNode } from '../with-node.ts'
import { DaemonNode } from './daemon-node.ts'
import { DaemonSession } from './daemon-session.ts'
import { findDaemon } from './find-daemon.ts'

/** Something that calls peers: the node of the daemon, or one of this process. */
export interface Caller {
  connect(target: string, options?: CallOptions): Promise<PeerPipe>
  candidates(): Promise<readonly Candidate[]> | readonly Candidate[]
}

/**
 * Runs something that calls peers, with the daemon's node where the user's daemon runs, else with a new node. The context that it gets is
 * interrupted by the end of the daemon, too.
 */
export async function withCaller<Result>(
  context: Context,
  needs: NodeNeeds,
  run: (caller: Caller, context: Context) => Promise<Result>,
): Promise<Result> {
  return withDaemonOr(context, run, () => withNode(context, needs, (node) => run(node, context)))
}

/**
 * Runs something with the daemon's node where the user's daemon runs, else something else. A failure that comes of the end of the daemon is
 * a `CLI_DAEMON`.
 */
export async function withDaemonOr<Result>(
  context: Context,
  run: (node: DaemonNode, context: Context) => Promise<Result>,
  runAlone: () => Promise<Result>,
): Promise<Result> {
  const session = await openSession(context)
  if (session === undefined) return runAlone()
  const interrupted = AbortSignal.any([context.interrupted, session.ended])
  // Standard input is opened when it is asked for, as with the context itself.
  const own = Object.create(context, { interrupted: { value: interrupted } }) as Context
  try {
    return await run(new DaemonNode(session, context.relay), own)
  } catch (error) {
    throw context.interrupted.aborted ? error : await session.reasonOf(error)
  } finally {
    session.close()
  }
}

async function openSession(context: Context): Promise<DaemonSession | undefined> {
  const daemon = await findDaemon(context)
  if (daemon === undefined) return undefined
  try {
    return await DaemonSession.open(daemon)
  } catch (error) {
    context.output.error(`the command starts a separate node: ${(error as Error).message}`)
    return undefined
  }
}
