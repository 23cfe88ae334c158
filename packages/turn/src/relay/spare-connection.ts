import { type ByteStream, sameTransportAddress } from '@p2pd/netif'
import { dialServer, type Target } from './leg.ts'
import type { TurnPorts } from './turn-ports.ts'

/** Shorter than servers keep a connection without a request: coturn closes it after a minute. */
const KEPT_MS = 20_000

/**
 * One connection to the server, dialled while a peer is expected. A data connection on it costs one round trip, not two. At
 * most one is open, for 20 s. RFC 6062 §4.4.
 */
export class SpareConnection {
  readonly #ports: TurnPorts
  #spare: DialledAhead | undefined

  constructor(ports: TurnPorts) {
    this.#ports = ports
  }

  /** A peer is expected: dials, unless a connection is there. */
  prepare(target: Target): void {
    if (this.#spare?.leadsTo(target)) return
    this.#spare?.drop()
    const spare = new DialledAhead(this.#ports, target)
    this.#spare = spare
    void spare.gone.then(() => {
      if (this.#spare === spare) this.#spare = undefined
    })
  }

  /** The connection that is there or under way, or a new one. Rejects as a dial does, or with the reason of `signal`. */
  async take(target: Target, signal: AbortSignal): Promise<ByteStream> {
    const spare = this.#spare
    this.#spare = undefined
    if (!spare?.leadsTo(target)) spare?.drop()
    const stream = await spare?.take()
    if (stream === undefined) return (await dialServer(this.#ports, target, signal)).stream
    if (signal.aborted) stream.destroy()
    signal.throwIfAborted()
    return stream
  }

  close(): void {
    this.#spare?.drop()
    this.#spare = undefined
  }
}

/** A connection that nobody uses yet. A server that ends it, or says anything, makes it useless. */
class DialledAhead {
  /** Resolves when nobody can take it any more. */
  readonly gone: Promise<void>
  readonly #target: Target
  readonly #dialled: Promise<ByteStream | undefined>
  readonly #over = new AbortController()
  #cancel = () => {}
  readonly drop: () => void

  constructor(ports: TurnPorts, target: Target) {
    const { clock } = ports
    const { signal } = this.#over
    this.#target = target
    this.drop = () => {
      this.#cancel()
      this.#over.abort()
    }
    this.#cancel = clock.at(clock.now() + KEPT_MS, this.drop)
    this.gone = new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    this.#dialled = dialServer(ports, target, signal).then(
      ({ stream }) => this.#watch(stream),
      () => {
        // The data connection dials for itself, and reports why it cannot.
        this.drop()
        return undefined
      },
    )
  }

  leadsTo({ server, transport }: Target): boolean {
    return transport === this.#target.transport && sameTransportAddress(server, this.#target.server)
  }

  /** Undefined when it is gone. */
  async take(): Promise<ByteStream | undefined> {
    this.#cancel()
    const stream = await this.#dialled
    if (stream === undefined || this.#over.signal.aborted || stream.destroyed) return undefined
    this.#isTaken = true
    stream.off('readable', this.drop).off('close', this.drop)
    return stream
  }

  #isTaken = false

  #watch(stream: ByteStream): ByteStream {
    const { signal } = this.#over
    const end = () => {
      this.#cancel()
      if (!this.#isTaken) stream.destroy()
    }
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    stream.on('error', () => {}) // `close` follows.
    stream.on('readable', this.drop).on('close', this.drop)
    return stream
  }
}
