import { lookup } from 'node:dns'
import { systemReason } from '@p2pd/netif'
import { connect, type LookupFunction } from 'node:net'
import type { Node } from '../../node.ts'
import type { Datagrams } from '../../pipes/datagrams.ts'
import { expectFlows } from '../../pipes/flows.ts'
import type { PeerPipe } from '../../pipes/peer-pipe.ts'
import type { SessionStream } from '../../runtime/session.ts'
import type { Endpoint, ServedEndpoint } from './endpoint.ts'
import { joinReading } from './join-streams.ts'
import { endWithPeer } from './peer-link.ts'
import { readingInto } from './read-blocks.ts'
import { ReverseListener } from './reverse.ts'
import { serveFlow } from './udp-flows.ts'

/** The reports of `serveEndpoints`. */
export interface ServedListeners {
  /** A peer uses a service. */
  readonly onPeer?: (pipe: PeerPipe) => void
  /** This host does not listen for the caller of a reverse service. */
  readonly onRefused?: (pipe: PeerPipe, reason: string) => void
  /** Nobody answers at the endpoint of a service; reported once for each reason, until somebody does. */
  readonly onUnreached?: (service: ServedEndpoint, reason: string) => void
}

/**
 * Offers endpoints of this host as services of a node: each stream of an admitted peer becomes a connection, or a UDP flow.
 * Nothing else of this host can be reached by it. Returns the function that withdraws all. Throws as `Node.serve`
 * does.
 */
export function serveEndpoints(
  node: Pick<Node, 'serve'>,
  served: readonly ServedEndpoint[],
  { onPeer = () => {}, onRefused = () => {}, onUnreached = () => {} }: ServedListeners = {},
): () => void {
  const withdrawals = served.map((one) => {
    const { name, endpoint, isReverse } = one
    const reverse = isReverse ? new ReverseListener(endpoint) : undefined
    let known: string | undefined
    const onReached = (reason: string | undefined) => {
      if (reason !== undefined && reason !== known) onUnreached(one, reason)
      known = reason
    }
    return node.serve(name, async (pipe) => {
      if (reverse === undefined) servePipe(pipe, endpoint, onReached)
      else pipe.onStream((stream) => stream.destroy())
      endWithPeer(pipe)
      const refusal = await reverse?.take(pipe)
      if (refusal === undefined) onPeer(pipe)
      else onRefused(pipe, refusal)
    })
  })
  return () => {
    for (const withdraw of withdrawals) withdraw()
  }
}

/** Makes each stream that a peer opens on its pipe a connection to an endpoint, or a UDP flow; `onReached` as in `serveStream`. */
export function servePipe(
  pipe: Pick<PeerPipe, 'onStream' | 'datagrams'>,
  endpoint: Endpoint,
  onReached?: (reason: string | undefined) => void,
): void {
  const { datagrams } = pipe
  if (endpoint.type === 'udp') expectFlows(datagrams)
  pipe.onStream((stream) => serveStream(stream, endpoint, datagrams, onReached))
}

/**
 * Makes a stream of a peer a connection to an endpoint, or a UDP flow, of a pipe with these datagrams. `onReached` learns whether
 * a connection was made, or the reason why none was.
 */
export function serveStream(
  stream: SessionStream,
  endpoint: Endpoint,
  datagrams?: Datagrams,
  onReached: (reason: string | undefined) => void = () => {},
): void {
  if (endpoint.type === 'udp') return serveFlow(stream, endpoint, datagrams)
  const { type, ...where } = endpoint
  const socket = connect({
    ...(where as { host: string; port: number }),
    allowHalfOpen: true,
    noDelay: type === 'tcp',
    lookup: lookUp,
    onread: readingInto(stream),
  })
  const onError = (error: Error) => onReached(systemReason(error))
  socket.once('error', onError)
  socket.once('connect', () => {
    socket.off('error', onError)
    onReached(undefined)
  })
  joinReading(socket, stream)
}

/** The addresses of `localhost`. A server may listen at one of them alone. RFC 6761 §6.3. */
const LOOPBACKS = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

/** Node.js alone would leave ::1 out on a host that has no other IPv6 address. */
const lookUp: LookupFunction = (host, options, callback) => {
  if (host.toLowerCase() !== 'localhost' || !options.all) lookup(host, options, callback)
  else callback(null, LOOPBACKS)
}
