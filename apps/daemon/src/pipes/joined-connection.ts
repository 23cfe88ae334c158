import type { Duplex } from 'node:stream'

/** A client that has not ended its side, and sends nothing for so long, has nothing under way on this machine. */
const QUIET_MS = 1000

/** A client's connection that is joined to a pipe: whether the pipe has taken all that came by it. */
export class JoinedConnection {
  readonly #connection: Duplex
  readonly #stream: Duplex

  constructor(connection: Duplex, stream: Duplex) {
    this.#connection = connection
    this.#stream = stream
  }

  /** Bytes came that the pipe does not take any more. */
  get isCut(): boolean {
    return this.#connection.readableLength > 0
  }

  /** Resolves when the pipe has taken everything, as long as that takes on a slow path. */
  async taken(): Promise<void> {
    let isQuiet = false
    while (!this.#isOver && !isQuiet) isQuiet = await this.#isQuiet()
  }

  get #isOver(): boolean {
    return this.#connection.readableEnded || this.#connection.destroyed || this.#stream.destroyed
  }

  /** Waits; resolves at once with false when bytes arrive, or the end. */
  #isQuiet(): Promise<boolean> {
    const [connection, stream] = [this.#connection, this.#stream]
    const changes = [
      [connection, 'data'],
      [connection, 'end'],
      [connection, 'close'],
      [stream, 'drain'],
      [stream, 'close'],
    ] as const
    return new Promise((resolve) => {
      const settle = (isQuiet: boolean) => {
        clearTimeout(timer)
        for (const [from, event] of changes) from.off(event, changed)
        resolve(isQuiet)
      }
      const changed = () => settle(false)
      const timer = setTimeout(() => settle(!stream.writableNeedDrain), QUIET_MS)
      for (const [from, event] of changes) from.on(event, changed)
    })
  }
}
