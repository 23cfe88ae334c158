import type { PeerPipe } from '@p2pd/node'
import type { Clients } from '../clients/clients.ts'
import { DaemonError } from '../daemon-error.ts'
import { HeldPipe } from './held-pipe.ts'

/** Bounds the memory of the daemon: each pipe may hold some megabytes that nobody has read. */
const MAX_PIPES = 1024
/** How long a pipe that has closed is kept: for its unread messages, and for a client that joined it and asks how it ended. */
const KEEP_MS = 60_000

/** The pipes of the daemon by name. */
export class HeldPipes {
  readonly #clients: Clients
  readonly #pipes = new Map<string, HeldPipe>()
  readonly #opening = new Set<string>()
  readonly #listeners = new Set<(event: 'opened' | 'closed', pipe: HeldPipe) => void>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #incoming = 0

  constructor(clients: Clients) {
    this.#clients = clients
  }

  /**
   * Opens a pipe under a name that nobody has; it ends with the client, if there is one. Throws `DAEMON_NAME_TAKEN`, `DAEMON_BUSY`,
   * `DAEMON_NO_CLIENT`, and what `open` throws.
   */
  async open(name: string, open: () => Promise<PeerPipe>, client?: string): Promise<HeldPipe> {
    if (this.find(name) !== undefined || this.#opening.has(name)) {
      throw new DaemonError('DAEMON_NAME_TAKEN', `there is a pipe called "${name}" already`)
    }
    if (this.#pipes.size + this.#opening.size >= MAX_PIPES) {
      throw new DaemonError('DAEMON_BUSY', `${MAX_PIPES} pipes are open: close some`)
    }
    if (client !== undefined) this.#clients.check(client)
    this.#opening.add(name)
    try {
      const pipe = await open()
      await pipe.opened
      return this.#add(new HeldPipe(name, pipe, { direction: 'out', client }))
    } finally {
      this.#opening.delete(name)
    }
  }

  /**
   * Keeps a pipe of a caller under a new name, for a client or for all. Undefined, and the pipe is closed, when there are too
   * many.
   */
  accept(pipe: PeerPipe, client?: string): HeldPipe | undefined {
    if (this.#pipes.size >= MAX_PIPES) {
      void pipe.close().catch(() => {}) // Nothing was sent that could be lost.
      return undefined
    }
    let name = ''
    do name = `in-${++this.#incoming}`
    while (this.#pipes.has(name) || this.#opening.has(name))
    return this.#add(new HeldPipe(name, pipe, { direction: 'in', client }))
  }

  /** The pipe of a name. One that has closed is there while messages of it are unread, or until its client has joined it. */
  find(name: string): HeldPipe | undefined {
    const held = this.#pipes.get(name)
    if (held === undefined || !held.pipe.closed || held.inbox.unread > 0 || isAwaited(held)) return held
    this.#remove(held)
    return undefined
  }

  /** The pipe of a name. Throws `DAEMON_NO_PIPE`. */
  get(name: string): HeldPipe {
    const held = this.find(name)
    if (held === undefined) throw new DaemonError('DAEMON_NO_PIPE', `there is no pipe called "${name}"`)
    return held
  }

  list(): HeldPipe[] {
    return [...this.#pipes.values()].filter(({ pipe }) => !pipe.closed)
  }

  /** Closes the pipe of a name and forgets it. Throws `DAEMON_NO_PIPE`, or `DAEMON_PIPE_LOST`. */
  async close(name: string): Promise<void> {
    const held = this.#pipes.get(name) ?? this.get(name)
    this.#remove(held)
    await held.close()
  }

  /** Calls back when a pipe has opened or closed; returns what stops it. */
  onChange(listener: (event: 'opened' | 'closed', pipe: HeldPipe) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async closeAll(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    const all = [...this.#pipes.values()]
    this.#pipes.clear()
    await Promise.allSettled(all.map(({ pipe }) => pipe.close())) // A peer that has gone does not hold the end up.
  }

  #add(held: HeldPipe): HeldPipe {
    const leave = this.#bind(held)
    this.#pipes.set(held.name, held)
    void held.closed.then(() => {
      leave()
      for (const listener of this.#listeners) listener('closed', held)
      if (held.inbox.unread === 0 && !held.isJoined && !isAwaited(held)) return this.#remove(held)
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        this.#remove(held)
      }, KEEP_MS)
      this.#timers.add(timer.unref())
    })
    for (const listener of this.#listeners) listener('opened', held)
    return held
  }

  /** Has a pipe end with its client. Throws `DAEMON_NO_CLIENT` when that has gone already. */
  #bind(held: HeldPipe): () => void {
    const { client, name } = held
    if (client === undefined) return () => {}
    const end = () => {
      this.#remove(held)
      held.drop()
    }
    held.streams.onIncoming = ({ id, service }) =>
      this.#clients.tell(client, { type: 'stream', pipe: name, stream: id, service })
    try {
      return this.#clients.own(client, end)
    } catch (error) {
      held.drop()
      throw error
    }
  }

  #remove(held: HeldPipe): void {
    if (this.#pipes.get(held.name) === held) this.#pipes.delete(held.name)
  }
}

/** Its client has not joined it yet, and is about to. */
function isAwaited({ client, isJoined }: HeldPipe): boolean {
  return client !== undefined && !isJoined
}
