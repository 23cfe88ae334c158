import type { PeerPipe } from '@p2pd/node'
import { formatTransportAddress } from '@p2pd/netif'
import { tellOf } from '../access/peer-name.ts'
import { type Context, untilInterrupted } from '../context.ts'
import { joinStdio } from '../join.ts'
import { announcePaths } from '../path-events.ts'
import { withNode } from '../with-node.ts'

export interface ListenOptions {
  readonly echo?: boolean
  readonly once?: boolean
}

/** `p2pd listen`: serves callers with the echo protocol, or joins one of them to standard input and output. */
export async function listen(context: Context, { echo = false, once = false }: ListenOptions): Promise<void> {
  const { output, interrupted } = context
  await withNode(context, { echo }, async (node) => {
    const first = new Promise<PeerPipe>((resolve, reject) => {
      let joined = false
      node.onPipe((pipe) => {
        if (joined && !echo) return void pipe.close().catch(reject)
        joined = true
        // Taken at once: a caller that has ended already would end a pipe whose stream nobody has.
        if (!echo) void pipe.stream
        announce(context, pipe)
        announcePaths(context, pipe)
        resolve(pipe)
      })
    })
    const address = await node.address()
    output.event({ event: 'listening', id: node.id, address })
    output.info(`Listening. Callers run: p2pd connect ${node.id}`)
    const ended = untilInterrupted(interrupted)
    const pipe = echo && !once ? await ended : await Promise.race([first, ended])
    if (pipe === undefined) return
    if (echo) await Promise.race([new Promise<void>((resolve) => pipe.onClose(() => resolve())), ended])
    else await joinStdio(pipe, context)
  })
}

function announce(context: Context, pipe: PeerPipe): void {
  const { peer, local, connection } = pipe
  const remote = pipe.remote === undefined ? '' : formatTransportAddress(pipe.remote)
  const { strategy } = connection
  context.output.event({ event: 'pipe', peer, strategy, local: formatTransportAddress(local), remote })
  void tellOf(context, peer, (name) => `${name} connected from ${remote} (${strategy})`)
}
