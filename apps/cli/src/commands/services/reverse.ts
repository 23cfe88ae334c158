import type { PeerPipe } from '@p2pd/node'
import {
  formatEndpoint,
  type LinkOptions,
  parseEndpoint,
  PeerLink,
  peerListens,
  servePipe,
} from '@p2pd/node/node'
import type { Context } from '../../context.ts'
import type { Forwarding } from './forwarding.ts'

/**
 * Has a peer listen, and joins the connections that it takes to a local endpoint; again when the peer comes back. Fails when
 * the peer does not listen the first time.
 */
export async function openReverse(
  { output }: Context,
  announced: Omit<LinkOptions, 'service'>,
  { local, target, service }: Forwarding,
): Promise<PeerLink> {
  const endpoint = parseEndpoint(local)
  let first: Promise<void> | undefined
  const take = async (pipe: PeerPipe) => {
    const remote = await peerListens(pipe)
    const to = formatEndpoint(endpoint)
    output.event({ event: 'forwarding', local: to, service, remote })
    output.info(`${target} forwards its ${remote} to ${to} here`)
  }
  const onPipe = (pipe: PeerPipe) => {
    announced.onPipe?.(pipe)
    servePipe(pipe, endpoint)
    const taken = take(pipe)
    taken.catch(() => void pipe.close().catch(() => {})) // Its close is reported, and the peer is called again.
    first ??= taken
  }
  const link = new PeerLink({ ...announced, service, onPipe })
  await link.open()
  try {
    await first
    return link
  } catch (error) {
    await link.close()
    throw error
  }
}
