import { Duplex } from 'node:stream'
import type { TcpConnection } from '@p2pd/netif'
import { type AgentClient, toError } from './agent-client.ts'
import type { AgentConnection } from './agent-protocol.ts'

/** A connection of a host, used from the lab's process. */
export function remoteConnection(agent: AgentClient, connection: AgentConnection): TcpConnection {
  const { stream, local, remote } = connection
  return { local, remote, stream: new AgentStream(agent, stream) }
}

/** The stream of a TCP connection on a host. Back-pressure works both ways: each piece is asked for, each write answered. */
class AgentStream extends Duplex {
  readonly #agent: AgentClient
  readonly #name: string
  #isClosed = false

  constructor(agent: AgentClient, name: string) {
    super({ allowHalfOpen: true })
    this.#agent = agent
    this.#name = name
    // A reset must not end the process while nobody listens.
    this.on('error', () => {})
    agent.listen(`stream ${name}`, (event) => {
      if (event.type === 'data') this.push(event.data)
      else if (event.type === 'ended') this.push(null)
      else if (event.type === 'closed') {
        this.#isClosed = true
        this.destroy(event.failure && toError(event.failure))
      }
    })
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

/** Tells a stream's callback how a promise ended. */
async function report(result: Promise<unknown>, done: (error?: Error) => void): Promise<void> {
  try {
    await result
  } catch (error) {
    return done(error as Error)
  }
  done()
}
