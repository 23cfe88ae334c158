import { type PeerPipe, serveEcho } from '@p2pd/node'
import { formatTransportAddress } from '@p2pd/netif'
import { tellOf } from '../access/peer-name.ts'
import { type Context, untilInterrupted } from '../context.ts'
import { joinStdio } from '../join.ts'
import { announcePaths } from '../path-events.ts'
import { withDaemonOr } from '../user-daemon/with-caller.ts'
import { withNode } from '../with-node.ts'

export interface ListenOptions {
  readonly echo?: boolean
  readonly once?: boolean
}

/** A node that is called. */
interface Callee {
  readonly id: string
  address(): Promise<string>
  onPipe(listener: (pipe: PeerPipe) => void): unknown
}

/** `p2pd listen`: serves callers with the echo protocol, or joins one of them to standard input and output. */
export async function listen(context: Context, options: ListenOptions): Promise<void> {
  const { echo = false } = options
  await withDaemonOr(
    context,
    (node, context) => listenBy(context, node, options, echo ? (pipe) => void serveEcho(pipe) : () => {}),
    // A node of this process serves the echo protocol itself.
    () => withNode(context, { echo }, (node) => listenBy(context, node, options, () => {})),
  )
}

async function listenBy(
  context: Context,
  node: Callee,
  { echo = false, once = false }: ListenOptions,
  serve: (pipe: PeerPipe) => void,
): Promise<void> {
  const { output, interrupted } = context
  let take = (_: PeerPipe) => {}
  let fail = (_: unknown) => {}
  const first = new Promise<PeerPipe>((resolve, reject) => {
    take = resolve
    fail = reject
  })
  first.catch(() => {}) // With --echo alone nobody awaits it.
  let joined = false
  await node.onPipe((pipe) => {
    if (joined && !echo) return void pipe.close().catch(fail)
    joined = true
    // Taken at once: a caller that has ended already would end a pipe whose stream nobody has.
    if (!echo) void pipe.stream
    announce(context, pipe)
    announcePaths(context, pipe)
    serve(pipe)
    take(pipe)
  })
  const address = await node.address()
  output.event({ event: 'listening', id: node.id, address })
  output.info(`Listening. Callers run: p2pd connect ${node.id}`)
  const ended = untilInterrupted(interrupted)
  const pipe = echo && !once ? await ended : await Promise.race([first, ended])
  if (pipe === undefined) return
  if (echo) await Promise.race([new Promise<void>((resolve) => pipe.onClose(() => resolve())), ended])
  else await joinStdio(pipe, context)
}

function announce(context: Context, pipe: PeerPipe): void {
  const { peer, local, connection } = pipe
  const remote = pipe.remote === undefined ? '' : formatTransportAddress(pipe.remote)
  const { strategy } = connection
  context.output.event({ event: 'pipe', peer, strategy, local: formatTransportAddress(local), remote })
  void tellOf(context, peer, (name) => `${name} connected from ${remote} (${strategy})`)
}
