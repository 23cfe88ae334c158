import type { TcpConnection } from '@p2pd/netif'
import { withDeadline } from './deadline.ts'
import { readHello } from './hello.ts'
import type { Path } from './path.ts'
import type { Runtime } from './runtime.ts'

/** Connections that have not proved a key yet, at most: a flood costs no more memory than these. */
const MAX_UNPROVED = 256
/** A TLS handshake over a slow path, and the caller's choice between its paths. */
const HANDSHAKE_TIMEOUT_MS = 10_000
/** Connection ids remembered, so that a second stream of the same call is closed. */
const MAX_REMEMBERED = 4096

/** Takes incoming TCP connections through authentication and nomination. */
export class Acceptor {
  readonly #runtime: Runtime
  readonly #accept: (path: Path) => void
  readonly #seen = new Set<string>()
  /** One for each connection that has not proved a key yet. */
  readonly #unproved = new Set<AbortController>()

  constructor(runtime: Runtime, accept: (path: Path) => void) {
    this.#runtime = runtime
    this.#accept = accept
  }

  /** Hands the connection on once its caller is proved and has nominated it; closes it otherwise. */
  async receive({ stream, local, remote }: TcpConnection): Promise<void> {
    if (this.#unproved.size >= MAX_UNPROVED) {
      stream.destroy()
      this.#runtime.log?.('connection-refused', {
        remote,
        reason: `${MAX_UNPROVED} handshakes are under way`,
      })
      return
    }
    const closing = new AbortController()
    this.#unproved.add(closing)
    try {
      const what = 'the handshake'
      const deadline = {
        clock: this.#runtime.clock,
        timeoutMs: HANDSHAKE_TIMEOUT_MS,
        what,
        signal: closing.signal,
      }
      await withDeadline(deadline, async (signal) => {
        const secured = await this.#runtime.secure(stream, { role: 'server', signal })
        const connectionId = await readHello(secured.stream, signal)
        if (this.#isRepeated(secured.peer, connectionId)) throw new Error('this call has its pipe already')
        this.#accept({ ...secured, strategy: 'direct', local, remote })
      })
    } catch (error) {
      stream.destroy()
      this.#runtime.log?.('connection-refused', { remote, reason: (error as Error).message })
    } finally {
      this.#unproved.delete(closing)
    }
  }

  close(): void {
    for (const closing of this.#unproved) closing.abort(new Error('the node was closed'))
  }

  #isRepeated(peer: Uint8Array, connectionId: Uint8Array): boolean {
    const key = `${peer.join()} ${connectionId.join()}`
    if (this.#seen.has(key)) return true
    this.#seen.add(key)
    const [oldest] = this.#seen
    if (this.#seen.size > MAX_REMEMBERED && oldest !== undefined) this.#seen.delete(oldest)
    return false
  }
}
