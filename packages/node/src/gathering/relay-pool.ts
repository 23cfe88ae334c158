import type { RelayedListener } from '@p2pd/turn'

/** A relayed TCP listener, as a call uses it. RFC 6062. */
export type Relay = Pick<RelayedListener, 'local' | 'permit' | 'onConnection' | 'close' | 'release'>

/** Makes an allocation at one of the servers. Rejects when none of them gives one. */
export type OpenRelay = (signal: AbortSignal) => Promise<Relay>

/** Opens relays for calls. */
export interface Relays {
  open(signal: AbortSignal): Promise<Relay>
}

/** The relays of a node: opened for one call each, given back at the latest when the node is closed. RFC 8656 §8. */
export class RelayPool implements Relays {
  readonly #open: OpenRelay
  readonly #relays = new Set<Relay>()

  constructor(open: OpenRelay) {
    this.#open = open
  }

  async open(signal: AbortSignal): Promise<Relay> {
    const relay = await this.#open(signal)
    this.#relays.add(relay)
    const forget = async (end: () => Promise<void>) => {
      await end()
      this.#relays.delete(relay)
    }
    return {
      get local() {
        return relay.local
      },
      permit: (ip) => relay.permit(ip),
      onConnection: (listener) => relay.onConnection(listener),
      close: () => forget(() => relay.close()),
      release: () => forget(() => relay.release()),
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#relays].map((relay) => relay.release()))
  }
}
