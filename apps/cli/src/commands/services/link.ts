import type { PeerPipe } from '@p2pd/node'
import type { LinkOptions } from '@p2pd/node/node'
import { peerNames } from '../../access/peer-name.ts'
import type { Context } from '../../context.ts'
import { announcePaths } from '../../path-events.ts'
import type { Caller } from '../../user-daemon/with-caller.ts'

/** How peers are called. */
export interface LinkSettings {
  /** Milliseconds. */
  readonly timeout: number
}

/** The options of links to a peer whose changes a person reads. Names are known before, so that texts come in order. */
export async function announcedLink(
  context: Context,
  node: Pick<Caller, 'connect'>,
  target: string,
  { timeout: timeoutMs }: LinkSettings,
): Promise<Omit<LinkOptions, 'service'>> {
  const nameOf = await peerNames(context)
  const { output, interrupted } = context
  const onPipe = (pipe: PeerPipe) => {
    const { peer, service, connection } = pipe
    output.event({ event: 'peer', peer, service, strategy: connection.strategy })
    const { strategy } = connection
    output.info(`Connected to ${nameOf(peer)} for "${service}" by ${strategy}`)
    announcePaths(context, pipe)
  }
  const onLost = (reason: string, service: string) => {
    output.event({ event: 'lost', service, reason })
    output.error(`"${service}" can't be used for now: ${reason}; calling the peer again`)
  }
  return { node, target, call: { timeoutMs, signal: interrupted }, onPipe, onLost }
}
