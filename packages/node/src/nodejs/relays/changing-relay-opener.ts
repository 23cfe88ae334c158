import type { Relay, RelayOpener, RelayWish } from '../../relays/relay-pool.ts'
import type { ServersInUse } from '../servers/servers-in-use.ts'
import { loadRelayOpener, type OpenerOfRelays } from './load-relay-opener.ts'
import type { RelayRuntime } from './relay-opener.ts'

/** Opens relays at the TURN servers of this moment. Resolves when those of the start can be used. */
export async function changingRelayOpener(
  servers: ServersInUse,
  runtime: RelayRuntime,
): Promise<RelayOpener> {
  const opener = new ChangingRelayOpener(servers, runtime)
  await opener.follow()
  servers.onChange(() => {
    // Without a free descriptor nothing can be loaded; the relays of before stay.
    opener.follow().catch((error: Error) => runtime.log?.('relays-not-loaded', { reason: error.message }))
  })
  return opener
}

class ChangingRelayOpener implements RelayOpener {
  readonly #servers: ServersInUse
  readonly #runtime: RelayRuntime
  #openerOf: OpenerOfRelays | undefined
  #current: RelayOpener | undefined

  constructor(servers: ServersInUse, runtime: RelayRuntime) {
    this.#servers = servers
    this.#runtime = runtime
  }

  /** Uses the servers of now. A node without a TURN server does not load the client. */
  async follow(): Promise<void> {
    if (this.#servers.current.turn.length > 0) this.#openerOf ??= await loadRelayOpener()
    this.#current = this.#openerOf?.(this.#servers.current.turn, this.#runtime)
  }

  get isUsable(): boolean {
    return this.#current?.isUsable ?? false
  }

  get hasChoice(): boolean {
    return this.#current?.hasChoice ?? false
  }

  servers(): readonly string[] {
    return this.#current?.servers() ?? []
  }

  async open(signal: AbortSignal, wish?: RelayWish): Promise<Relay> {
    if (this.#current === undefined) throw new Error('no TURN server is configured any more')
    return this.#current.open(signal, wish)
  }
}
