import type { Servers } from '../../runtime/servers.ts'

/** Reports that the servers are others from now on; returns the function that stops it. */
export type WatchServers = (onChange: (servers: Servers) => void) => () => void

/** The servers that a node uses now. */
export class ServersInUse {
  readonly #listeners = new Set<() => void>()
  readonly #stop: () => void
  #current: Servers

  constructor(first: Servers, watch: WatchServers = () => () => {}) {
    this.#current = first
    this.#stop = watch((servers) => {
      if (JSON.stringify(servers) === JSON.stringify(this.#current)) return
      this.#current = servers
      for (const listener of this.#listeners) listener()
    })
  }

  get current(): Servers {
    return this.#current
  }

  /** Calls back when the servers have changed; returns the function that stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Ends the watch: the node is closed. */
  close(): void {
    this.#stop()
  }
}
