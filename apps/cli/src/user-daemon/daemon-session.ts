import { ClientError } from '@p2pd/client'
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { CliError } from '../cli-error.ts'
import type { UserDaemon } from './find-daemon.ts'
import { openTunnel } from './tunnel.ts'

/** An event of the daemon about a thing of this command; its other fields depend on the type. */
export interface OwnEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/**
 * A command at the user's daemon. Pipes and services that it opens there end with the command, also when the command is
 * killed. The daemon sends events about them, and its own end is noticed at once.
 */
export class DaemonSession {
  readonly daemon: UserDaemon
  readonly id: string
  readonly #socket: Socket
  readonly #listeners = new Set<(event: OwnEvent) => void>()
  readonly #ended = new AbortController()
  #text = ''
  #pipes = 0

  /** Fails with `CLI_DAEMON` when the daemon cannot do it. */
  static async open(daemon: UserDaemon): Promise<DaemonSession> {
    const id = `cli-${process.pid}-${randomBytes(4).toString('hex')}`
    const { socket } = await openTunnel(daemon.socket, `/v1/clients/${id}`, 'p2pd')
    return new DaemonSession(daemon, id, socket)
  }

  private constructor(daemon: UserDaemon, id: string, socket: Socket) {
    this.daemon = daemon
    this.id = id
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (piece: string) => this.#receive(piece))
    socket.on('error', () => {}) // Its close counts.
    socket.on('end', () => socket.end())
    socket.once('close', () => this.#ended.abort(ended()))
  }

  /** Aborts with a `CLI_DAEMON` when the daemon has ended. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  /** A name for a pipe of the daemon. */
  newPipeName(): string {
    return `${this.id}-${++this.#pipes}`
  }

  /** Listens for events about things of this command; returns what stops it. */
  onEvent(listener: (event: OwnEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The end of the daemon, when that is why a command has failed with this error; else the error. */
  async reasonOf(error: unknown): Promise<unknown> {
    if (this.ended.aborted) return this.ended.reason
    // Another connection may have shown the end before this one does.
    const { client } = this.daemon
    const answer = await client
      .request('get /v1/node', { signal: this.ended })
      .catch((failure: unknown) => failure)
    return this.ended.aborted || isUnreached(answer) ? ended() : error
  }

  close(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.end()
  }

  #receive(piece: string): void {
    const lines = (this.#text + piece).split('\n')
    this.#text = lines.pop() ?? ''
    for (const line of lines) {
      const event = JSON.parse(line) as OwnEvent
      for (const listener of [...this.#listeners]) listener(event)
    }
  }
}

function ended(): CliError {
  return new CliError('CLI_DAEMON', 'the daemon has ended, and with it what this command had by it')
}

function isUnreached(answer: unknown): boolean {
  return answer instanceof ClientError && answer.code === 'CLIENT_UNREACHABLE'
}
