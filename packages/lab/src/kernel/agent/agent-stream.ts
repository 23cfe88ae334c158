import { Duplex } from 'node:stream'
import type { TcpConnection } from '@p2pd/netif'
import { type AgentClient, toError } from './agent-client.ts'
import type { AgentConnection } from './agent-protocol.ts'

/** A host's connection, for use in the lab's process. */
export function remoteConnection(agent: AgentClient, connection: AgentConnection): TcpConnection {
  const { stream, local, remote } = connection
  return { local, remote, stream: new AgentStream(agent, stream) }
}

/** The stream of a host's TCP connection, with back-pressure: each chunk is requested, each write acknowledged. */
class AgentStream extends Duplex {
  readonly #agent: AgentClient
  readonly #name: string
  #isClosed = false
  #hasEnded = false

  constructor(agent: AgentClient, name: string) {
    super({ allowHalfOpen: true })
    this.#agent = agent
    this.#name = name
    // A reset without a listener must not end the process.
    this.on('error', () => {})
    agent.listen(`stream ${name}`, (event) => {
      if (event.type === 'data') this.push(event.data)
      else if (event.type === 'ended') this.#onEnded()
      else if (event.type === 'closed') this.#onClosed(event.failure && toError(event.failure))
    })
  }

  #onEnded(): void {
    this.#hasEnded = true
    this.push(null)
  }

  /** Waits for the reader before a normal end, because destroying the stream at once would lose received data. */
  #onClosed(failure: Error | undefined): void {
    this.#isClosed = true
    const isUnread = failure === undefined && this.readable && !this.readableEnded && this.#hasEnded
    if (isUnread) this.once('end', () => this.destroy())
    else this.destroy(failure)
  }

  override _read(): void {
    this.#agent.say({ type: 'read', stream: this.#name })
  }

  override _write(data: Uint8Array, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    const { result } = this.#agent.call({ method: 'write', stream: this.#name, data })
    void report(result, done)
  }

  override _final(done: (error?: Error) => void): void {
    const { result } = this.#agent.call({ method: 'end', stream: this.#name })
    void report(result, done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#agent.unlisten(`stream ${this.#name}`)
    if (!this.#isClosed) this.#agent.say({ type: 'destroy', stream: this.#name })
    done(error)
  }
}

/** Calls a stream's callback with the outcome of a promise. */
async function report(result: Promise<unknown>, done: (error?: Error) => void): Promise<void> {
  try {
    await result
  } catch (error) {
    return done(error as Error)
  }
  done()
}
