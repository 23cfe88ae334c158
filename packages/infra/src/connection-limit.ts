import type { ByteStream } from '@p2pd/netif'
import { sourceKey } from './rate-limit.ts'

/** The connections that a server holds at most. */
export interface ConnectionLimitOptions {
  readonly total: number
  readonly perSource: number
}

/** The open connections of a server, within its limits; all close with the server. */
export class ConnectionLimit {
  readonly #options: ConnectionLimitOptions
  readonly #streams = new Set<ByteStream>()
  readonly #perSource = new Map<string, number>()

  constructor(options: ConnectionLimitOptions) {
    this.#options = options
  }

  /** Keeps the connection until it closes, or destroys it and returns false when it is one too many. */
  add(ip: string, stream: ByteStream): boolean {
    const { total, perSource } = this.#options
    const key = sourceKey(ip)
    const count = this.#perSource.get(key) ?? 0
    if (this.#streams.size >= total || count >= perSource) {
      stream.destroy()
      return false
    }
    this.#streams.add(stream)
    this.#perSource.set(key, count + 1)
    stream.once('close', () => this.#remove(key, stream))
    return true
  }

  destroyAll(): void {
    for (const stream of this.#streams) stream.destroy()
  }

  #remove(key: string, stream: ByteStream): void {
    this.#streams.delete(stream)
    const count = (this.#perSource.get(key) ?? 1) - 1
    if (count === 0) this.#perSource.delete(key)
    else this.#perSource.set(key, count)
  }
}
