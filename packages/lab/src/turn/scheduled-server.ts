import type { StunServer } from '@p2pd/infra'
import type { Clock } from '@p2pd/netif'

/** When a server is down, counted from its start. */
export interface Outage {
  /** @default never */
  readonly diesAtMs?: number | undefined
  /** @default never */
  readonly returnsAtMs?: number | undefined
}

/** A server that dies at its time, and starts again. */
export class ScheduledServer {
  readonly #start: () => Promise<StunServer>
  readonly #cancels: (() => void)[] = []
  #running: StunServer | undefined
  /** The change under way, after all before it. Rejects when a change has failed. */
  #changed: Promise<void> = Promise.resolve()

  constructor(start: () => Promise<StunServer>) {
    this.#start = start
  }

  /** Starts it. Rejects as the start of the server does. */
  async open(clock: Clock, { diesAtMs, returnsAtMs }: Outage): Promise<void> {
    await this.#begin()
    const startedAt = clock.now()
    const at = (afterMs: number | undefined, change: () => Promise<void>) => {
      if (afterMs === undefined) return
      const apply = () => {
        this.#changed = this.#changed.then(change)
        this.#changed.catch(() => {}) // `close` rejects with it.
      }
      this.#cancels.push(clock.at(startedAt + afterMs, apply))
    }
    at(diesAtMs, () => this.#end())
    at(returnsAtMs, () => this.#begin())
  }

  /** Ends it. Rejects when it could not be started again. */
  async close(): Promise<void> {
    for (const cancel of this.#cancels) cancel()
    try {
      await this.#changed
    } finally {
      await this.#end()
    }
  }

  async #begin(): Promise<void> {
    this.#running = await this.#start()
  }

  async #end(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.close()
  }
}
