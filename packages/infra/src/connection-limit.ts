import type { ByteStream } from '@p2pd/netif'
import { SourceCounts } from './source-counts.ts'

/** The connections that a server holds at most. */
export interface ConnectionLimitOptions {
  readonly total: number
  readonly perSource: number
}

/** The open connections of a server, within its limits; all close with the server. */
export class ConnectionLimit {
  readonly #options: ConnectionLimitOptions
  readonly #streams = new Set<ByteStream>()
  readonly #perSource = new SourceCounts()

  constructor(options: ConnectionLimitOptions) {
    this.#options = options
  }

  /** Keeps the connection until it closes, or destroys it and returns false when it is one too many. */
  add(ip: string, stream: ByteStream): boolean {
    const { total, perSource } = this.#options
    if (this.#streams.size >= total || this.#perSource.of(ip) >= perSource) {
      stream.destroy()
      return false
    }
    this.#streams.add(stream)
    this.#perSource.add(ip)
    stream.once('close', () => {
      this.#streams.delete(stream)
      this.#perSource.remove(ip)
    })
    return true
  }

  destroyAll(): void {
    for (const stream of this.#streams) stream.destroy()
  }
}
