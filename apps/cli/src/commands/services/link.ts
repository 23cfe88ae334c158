import type { CallOptions, PeerPipe } from '@p2pd/node'
import type { LinkOptions } from '@p2pd/node/node'
import { peerNames } from '../../access/peer-name.ts'
import type { Context } from '../../context.ts'
import { announcePaths } from '../../path-events.ts'
import type { Caller } from '../../user-daemon/with-caller.ts'
import { withRemedy } from '../with-remedy.ts'

/** How peers are called. */
export interface LinkSettings {
  /** Milliseconds. */
  readonly timeout: number
}

const NOT_SERVED =
  'it has to run `p2pd serve` with this name; that lets in contacts (`p2pd pair`), whom --allow names, and who types its code'

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
  const connect = async (callee: string, options?: CallOptions) => {
    try {
      return await node.connect(callee, options)
    } catch (error) {
      throw withRemedy(error, NOT_SERVED)
    }
  }
  return { node: { connect }, target, call: { timeoutMs, signal: interrupted }, onPipe, onLost }
}
