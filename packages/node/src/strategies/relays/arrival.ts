import { equalBytes, familyOf, formatTransportAddress, type TcpConnection } from '@p2pd/netif'
import type { UdpRelay } from '../../relays/relay-pool.ts'
import { readOpening } from '../../handshake/preamble.ts'
import { AUTHENTICATION_TIMEOUT_MS } from '../../handshake/time-limits.ts'
import { NodeError } from '../../node-error.ts'
import type { Path } from '../../pipes/path.ts'
import type { StrategyAttempt } from '../../race/strategy-race.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import type { CallContext } from '../context.ts'
import { meetByUdp } from './udp-meeting.ts'

/** The time in which the peer's packets arrive, and TLS. */
const UDP_TIMEOUT_MS = 13_000

/** Authenticates a connection that came to a TCP relay of the caller. */
export function tcpArrival(
  context: CallContext,
  { stream, local, remote }: TcpConnection,
  cause: string,
): StrategyAttempt<Path> {
  const { node, connectionId, peer } = context
  const { clock, secure } = node.runtime
  const deadline = { clock, timeoutMs: AUTHENTICATION_TIMEOUT_MS, what: 'authenticating through the relay' }
  return {
    strategy: 'relay',
    local: formatTransportAddress(local),
    remote: formatTransportAddress(remote),
    cause: `relayed, because ${cause}`,
    abandon: () => void stream.destroy(),
    run: (outer) =>
      withDeadline({ ...deadline, signal: outer }, async (signal) => {
        try {
          const opening = await readOpening(stream, signal)
          if (opening.type !== 'dialled-back' || !equalBytes(opening.connectionId, connectionId)) {
            throw new NodeError('NODE_BAD_MESSAGE', 'a connection of somebody else came to the relay')
          }
          const secured = await secure(stream, { role: 'client', peer, signal })
          return { ...secured, strategy: 'relay', local, remote, isLocalRelayed: true }
        } catch (error) {
          stream.destroy()
          throw error
        }
      }),
  }
}

/** Waits for the peer at a UDP relay of the caller, and authenticates it. */
export function udpArrival(
  context: CallContext,
  relay: UdpRelay,
  { token, cause }: { readonly token: Uint8Array; readonly cause: string },
): StrategyAttempt<Path> {
  const { node, peer } = context
  const { clock, secure } = node.runtime
  const deadline = { clock, timeoutMs: UDP_TIMEOUT_MS, what: 'meeting the peer at the relay' }
  const { relayed, socket } = relay
  return {
    strategy: 'relay',
    local: relayed.map(formatTransportAddress).join(', '),
    remote: '',
    cause: `relayed, because ${cause}`,
    abandon: () => void relay.release(),
    run: (outer) =>
      withDeadline({ ...deadline, signal: outer }, async (signal) => {
        const meeting = { isCaller: true, token, socket, local: socket.local }
        const met = await meetByUdp(node.runtime, meeting, signal)
        const family = familyOf(met.remote.ip)
        const local = relayed.find(({ ip }) => familyOf(ip) === family) ?? met.local
        // Without its allocation the path is dead, and nobody would notice for seconds.
        void relay.closed.then(() => met.stream.destroy())
        try {
          const secured = await secure(met.stream, { role: 'client', peer, signal })
          return { ...met, ...secured, local, strategy: 'relay', isLocalRelayed: true }
        } catch (error) {
          met.stream.destroy()
          throw error
        }
      }),
  }
}
