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
import { showProgress } from '../../progress/show-progress.ts'
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
  let remote = ''
  const prepare = async (pipe: PeerPipe) => {
    servePipe(pipe, endpoint)
    remote = await peerListens(pipe)
  }
  const onPipe = (pipe: PeerPipe) => {
    announced.onPipe?.(pipe)
    const to = formatEndpoint(endpoint)
    output.event({ event: 'forwarding', local: to, service, remote })
    output.info(`${target} forwards its ${remote} to ${to} here`)
  }
  const link = new PeerLink({ ...announced, service, prepare, onPipe })
  try {
    await showProgress(output, `Calling ${target}`, link.open())
    return link
  } catch (error) {
    await link.close()
    throw error
  }
}
