import { formatTransportAddress, type TransportAddress } from '@p2pd/netif'
import { TurnError } from '../turn-error.ts'

interface Waiting {
  readonly resolve: (id: Uint8Array) => void
  readonly reject: (error: unknown) => void
}

/** Connect requests without a response. A server makes one connection to a peer at a time. RFC 6062 §5.2. */
export class PendingConnects {
  readonly #waiting = new Map<string, Waiting>()

  /** Resolves with the id of the connection. Rejects with the reason of `signal`, or for a peer that is being dialled. */
  wait(peer: TransportAddress, signal?: AbortSignal): Promise<Uint8Array> {
    const key = formatTransportAddress(peer)
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      if (this.#waiting.has(key)) {
        return reject(new TurnError('TURN_INVALID_ARGUMENT', `${key}: is being dialled`))
      }
      const abort = () => this.#settle(key, ({ reject: fail }) => fail(signal?.reason))
      const over = () => signal?.removeEventListener('abort', abort)
      signal?.addEventListener('abort', abort)
      this.#waiting.set(key, {
        resolve: (id) => {
          over()
          resolve(id)
        },
        reject: (error) => {
          over()
          reject(error as Error)
        },
      })
    })
  }

  connected(peer: TransportAddress, id: Uint8Array): void {
    this.#settle(formatTransportAddress(peer), ({ resolve }) => resolve(id))
  }

  failed(peer: TransportAddress, error: Error): void {
    this.#settle(formatTransportAddress(peer), ({ reject }) => reject(error))
  }

  failAll(error: Error): void {
    for (const key of [...this.#waiting.keys()]) this.#settle(key, ({ reject }) => reject(error))
  }

  #settle(key: string, end: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(key)
    this.#waiting.delete(key)
    if (waiting) end(waiting)
  }
}
