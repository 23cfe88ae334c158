import type { Relay, RelayOpener, RelayWish } from '../../gathering/relay-pool.ts'
import type { ServersInUse } from '../servers/servers-in-use.ts'
import { relayOpener, type RelayRuntime } from './relay-opener.ts'

/** Opens relays at the TURN servers of this moment; undefined when none can be used at the start. */
export function changingRelayOpener(servers: ServersInUse, runtime: RelayRuntime): RelayOpener | undefined {
  let current = relayOpener(servers.current.turn, runtime)
  if (current === undefined) return undefined
  servers.onChange(() => {
    current = relayOpener(servers.current.turn, runtime)
  })
  return {
    servers: () => current?.servers() ?? [],
    get hasChoice() {
      return current?.hasChoice ?? false
    },
    open: async (signal: AbortSignal, wish?: RelayWish): Promise<Relay> => {
      if (current === undefined) throw new Error('no TURN server is configured any more')
      return current.open(signal, wish)
    },
  }
}
