import { race } from '@p2pd/netif'
import { allocateTcp, parseTurnUri, type RelayedListener, TurnError } from '@p2pd/turn'
import { sharedSecret, turnCrypto, turnPorts } from '@p2pd/turn/node'
import type { OpenRelay } from '../../gathering/relay-pool.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { TurnServer } from '../../runtime/servers.ts'

/** More servers than these would cost allocations, and time where all fail. */
const MAX_SERVERS = 2

/** Opens relays at the TURN servers of a servers file; undefined when none of them is reached by TCP or TLS. RFC 6062 §4.1. */
export function relayOpener(
  servers: readonly TurnServer[],
  { network, clock, random }: Pick<Runtime, 'network' | 'clock' | 'random'>,
): OpenRelay | undefined {
  const usable = servers.filter(({ uri }) => parseTurnUri(uri).transport === 'tcp').slice(0, MAX_SERVERS)
  if (usable.length === 0) return undefined
  const ports = { ...turnPorts, crypto: turnCrypto, network, clock, random }
  return async (signal) => {
    const attempts = usable.map(
      (server) => (ended: AbortSignal) =>
        allocateTcp(ports, { server: server.uri, credentials: credentialsOf(server), signal: ended }),
    )
    const discard = (late: RelayedListener) => void late.release()
    try {
      return await race(attempts, { clock, signal, discard, waves: [MAX_SERVERS] })
    } catch (error) {
      if (!(error instanceof AggregateError)) throw error
      const reasons = error.errors.map((one) => (one as Error).message)
      throw new TurnError('TURN_UNREACHABLE', reasons.join('; '), { cause: error })
    }
  }
}

function credentialsOf(server: TurnServer) {
  if ('secret' in server) return sharedSecret(server.secret)
  return { username: server.username, password: server.credential }
}
