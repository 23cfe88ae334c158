import type { ByteStream, TransportAddress } from '@p2pd/netif'
import { InboxReader } from './messages/inbox-reader.ts'
import { type CloseListener, type ErrorListener, PipeEvents } from './messages/pipe-events.ts'
import type { PipeError } from './pipe-error.ts'
import type { Pipe, PipeRelay, Transport } from './pipe.ts'
import { relay } from './relay.ts'

/** A pipe, whatever carries it: its messages are those of an inbox, and it ends once. */
export abstract class TransportPipe extends InboxReader implements Pipe {
  abstract readonly transport: Transport
  abstract readonly local: TransportAddress
  abstract readonly remote?: TransportAddress
  readonly #events = new PipeEvents()

  abstract get stream(): ByteStream
  abstract send(data: Uint8Array | string, to?: TransportAddress): Promise<void>
  abstract close(): Promise<void>

  get closed(): boolean {
    return this.#events.closed
  }

  relay(other: Pipe): PipeRelay {
    return relay(this, other)
  }

  onClose(listener: CloseListener): () => void {
    return this.#events.onClose(listener)
  }

  onError(listener: ErrorListener): () => void {
    return this.#events.onError(listener)
  }

  /** Calls the close listeners; the second call does nothing. */
  protected ended(error: PipeError | undefined): void {
    this.#events.close(error)
  }

  /** Calls the error listeners with what a callback of the program threw. */
  protected report(thrown: unknown): void {
    this.#events.report(thrown)
  }
}
