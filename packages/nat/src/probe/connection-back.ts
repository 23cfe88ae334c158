import { type Clock, type TcpListener, type TransportAddress, within } from '@p2pd/netif'

/** The connection that a server was asked to open, on its way to a listener. RFC 5382 §4.3. */
export class ConnectionBack {
  readonly #arrival: Promise<void>
  readonly #stopListening: () => void
  #came = false

  /** `isTested` is true for the addresses that the test is about. */
  constructor(listener: TcpListener, isTested: (remote: TransportAddress) => boolean) {
    let resolve = () => {}
    this.#arrival = new Promise((done) => {
      resolve = done
    })
    this.#stopListening = listener.onConnection(({ remote, stream }) => {
      stream.on('error', () => {}) // The connection itself was the answer.
      stream.destroy()
      if (!isTested(remote)) return
      this.#came = true
      resolve()
    })
  }

  get came(): boolean {
    return this.#came
  }

  /** Resolves when the connection has come, at the latest after this time. */
  async within(clock: Clock, timeoutMs: number): Promise<void> {
    if (!this.#came) await within(clock, this.#arrival, timeoutMs)
  }

  close(): void {
    this.#stopListening()
  }
}
