import { Acceptor } from './acceptor.ts'
import { formatAddress } from './address.ts'
import { Call, type CallOptions, type Callee } from './call.ts'
import { type Candidate, hostCandidates } from './candidate.ts'
import { EchoProtocol } from './echo.ts'
import { Exchange } from './exchange.ts'
import type { Identity } from './identity.ts'
import { type Listening, listenEverywhere } from './listen.ts'
import { NodeError } from './node-error.ts'
import type { Path } from './path.ts'
import { type Connection, type PeerPipe, peerPipe } from './peer-pipe.ts'
import type { Runtime } from './runtime.ts'
import type { Signal } from './signal.ts'
import { parseTarget } from './target.ts'

/** A running node: reachable by its id, and able to reach others by theirs. */
export interface Node {
  readonly id: string
  /** Where the node can be reached now, signed. LAN addresses are in it only when the node publishes them. */
  address(): Promise<string>
  /** Resolves when the node can be called by its id; `NODE_NO_BROKER` says which broker has which fault. */
  ready(): Promise<void>
  /** Listens for incoming pipes; returns what stops it. A pipe that nobody listens for is closed. */
  onPipe(listener: (pipe: PeerPipe) => void): () => void
  /** Connects to a node id, an address, or `self`. Fails with a `NodeError` that carries the report. */
  connect(target: string, options?: CallOptions): Promise<PeerPipe>
  /** Ends every pipe, call and listener. */
  close(): Promise<void>
}

/** What a node is made of and how it behaves. */
export interface NodeOptions {
  readonly identity: Identity
  readonly runtime: Runtime
  /** Without signalling only addresses can be called. @default undefined */
  readonly signal?: Signal | undefined
  /** TCP port; 0 lets the system choose. @default 0 */
  readonly port?: number | undefined
  /** Serves incoming pipes with the echo protocol. @default false */
  readonly echo?: boolean | undefined
  /** Puts private addresses into `address()`, not only global ones. @default true */
  readonly publishLan?: boolean | undefined
}

/** Starts a node on the given runtime. */
export async function createNode(options: NodeOptions): Promise<Node> {
  const node = new RunningNode(options)
  await node.listen()
  return node
}

class RunningNode implements Node {
  readonly id: string
  readonly #options: NodeOptions
  readonly #acceptor: Acceptor
  readonly #exchange: Exchange | undefined
  readonly #listeners = new Set<(pipe: PeerPipe) => void>()
  readonly #pipes = new Set<PeerPipe>()
  readonly #calls = new Set<Call>()
  #closed = false
  #listening: Listening | undefined

  constructor(options: NodeOptions) {
    const { identity, runtime, signal } = options
    this.id = identity.id
    this.#options = options
    this.#acceptor = new Acceptor(runtime, (path) =>
      this.#incoming(this.#pipe(path, { elapsedMs: 0, report: [] })),
    )
    const candidates = () => this.#candidates()
    this.#exchange = signal && new Exchange({ signal, clock: runtime.clock, candidates, log: runtime.log })
  }

  async listen(): Promise<void> {
    const { runtime, port } = this.#options
    this.#listening = await listenEverywhere(
      runtime.network,
      port ?? 0,
      (connection) => void this.#acceptor.receive(connection),
    )
  }

  async address(): Promise<string> {
    const { identity, runtime, publishLan = true } = this.#options
    const interfaces = await runtime.network.interfaces()
    const published = interfaces.map((nic) => ({
      ...nic,
      addresses: nic.addresses.filter(
        ({ scope }) => scope === 'global' || (publishLan && scope === 'private'),
      ),
    }))
    const reachable = hostCandidates(published, this.#port)
    const candidates =
      reachable.length > 0 || !publishLan ? reachable : hostCandidates(interfaces, this.#port)
    return formatAddress(identity, { issuedAt: Math.floor(runtime.wallClock() / 1000), candidates })
  }

  async ready(): Promise<void> {
    const { signal } = this.#options
    if (signal === undefined) throw noBrokerConfigured()
    try {
      await signal.ready()
    } catch (cause) {
      throw new NodeError(
        'NODE_NO_BROKER',
        `${(cause as Error).message}; start a broker, or name another in the servers file`,
        { cause },
      )
    }
  }

  onPipe(listener: (pipe: PeerPipe) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async connect(target: string, options: CallOptions = {}): Promise<PeerPipe> {
    if (this.#closed) throw new NodeError('NODE_CLOSED', 'the node is closed')
    const callee = this.#callee(target)
    const call = new Call(this.#options.runtime, callee, this.#port)
    const exchange = target.trim() === 'self' ? undefined : this.#exchange
    if (exchange === undefined && callee.candidates.length === 0) throw noBrokerConfigured()
    this.#calls.add(call)
    try {
      const { path, ...connection } = await call.run(exchange, options)
      return this.#keep(this.#pipe(path, connection))
    } finally {
      this.#calls.delete(call)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const call of this.#calls) call.stop(new NodeError('NODE_CLOSED', 'the node was closed'))
    this.#acceptor.close()
    this.#exchange?.close()
    await this.#listening?.close()
    await Promise.all([...this.#pipes].map((pipe) => pipe.close()))
    await this.#options.signal?.close()
  }

  get #port(): number {
    return this.#listening?.port ?? 0
  }

  #callee(text: string): Callee {
    const { identity, runtime } = this.#options
    const target = parseTarget(text, runtime.verify)
    switch (target.type) {
      case 'self': {
        const loopback: Candidate[] = ['127.0.0.1', '::1'].map((ip) => ({
          kind: 'host',
          ip,
          port: this.#port,
        }))
        return { publicKey: identity.publicKey, candidates: loopback }
      }
      case 'id':
        return { publicKey: target.publicKey, candidates: [] }
      case 'address':
        return target.address
    }
  }

  async #candidates(): Promise<Candidate[]> {
    return hostCandidates(await this.#options.runtime.network.interfaces(), this.#port)
  }

  #incoming(pipe: PeerPipe): void {
    if (this.#listeners.size === 0 && !this.#options.echo) return void pipe.close()
    this.#keep(pipe)
    for (const listener of this.#listeners) listener(pipe)
    if (this.#options.echo) void this.#serveEcho(pipe)
  }

  async #serveEcho(pipe: PeerPipe): Promise<void> {
    const protocol = new EchoProtocol()
    try {
      for await (const { data } of pipe) await pipe.send(protocol.receive(data))
    } catch (error) {
      this.#options.runtime.log?.('echo-ended', { peer: pipe.peer, reason: (error as Error).message })
    } finally {
      await pipe.close()
    }
  }

  #pipe(path: Path, how: Pick<Connection, 'elapsedMs' | 'report'>): PeerPipe {
    return peerPipe(path, how, this.#options.runtime.clock)
  }

  #keep(pipe: PeerPipe): PeerPipe {
    this.#pipes.add(pipe)
    pipe.onClose(() => void this.#pipes.delete(pipe))
    return pipe
  }
}

function noBrokerConfigured(): NodeError {
  return new NodeError(
    'NODE_NO_BROKER',
    'no MQTT broker is configured: name one in the servers file, or give an address instead of an id',
  )
}
