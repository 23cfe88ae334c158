import type { PeerPipe } from '@p2pd/node'
import { DaemonError } from '../daemon-error.ts'
import { HeldPipe } from './held-pipe.ts'

/** Bounds the memory of the daemon: each pipe may hold some megabytes that nobody has read. */
const MAX_PIPES = 1024
/** How long a pipe that has closed is kept: for its unread messages, and for a client that joined it and asks how it ended. */
const KEEP_MS = 60_000

/** The pipes of the daemon by name. */
export class HeldPipes {
  readonly #pipes = new Map<string, HeldPipe>()
  readonly #opening = new Set<string>()
  readonly #listeners = new Set<(event: 'opened' | 'closed', pipe: HeldPipe) => void>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #incoming = 0

  /** Opens a pipe under a name that nobody has. Throws `DAEMON_NAME_TAKEN`, `DAEMON_BUSY`, and what `open` throws. */
  async open(name: string, open: () => Promise<PeerPipe>): Promise<HeldPipe> {
    if (this.find(name) !== undefined || this.#opening.has(name)) {
      throw new DaemonError('DAEMON_NAME_TAKEN', `there is a pipe called "${name}" already`)
    }
    if (this.#pipes.size + this.#opening.size >= MAX_PIPES) {
      throw new DaemonError('DAEMON_BUSY', `${MAX_PIPES} pipes are open: close some`)
    }
    this.#opening.add(name)
    try {
      const pipe = await open()
      await pipe.opened
      return this.#add(new HeldPipe(name, pipe, 'out'))
    } finally {
      this.#opening.delete(name)
    }
  }

  /** Keeps a pipe of a caller under a new name; undefined, and the pipe is closed, when there are too many. */
  accept(pipe: PeerPipe): HeldPipe | undefined {
    if (this.#pipes.size >= MAX_PIPES) {
      void pipe.close().catch(() => {}) // Nothing was sent that could be lost.
      return undefined
    }
    let name = ''
    do name = `in-${++this.#incoming}`
    while (this.#pipes.has(name) || this.#opening.has(name))
    return this.#add(new HeldPipe(name, pipe, 'in'))
  }

  /** The pipe of a name; one that has closed is there as long as messages of it are unread. */
  find(name: string): HeldPipe | undefined {
    const held = this.#pipes.get(name)
    if (held === undefined || !held.pipe.closed || held.inbox.unread > 0) return held
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
    this.#pipes.set(held.name, held)
    void held.closed.then(() => {
      for (const listener of this.#listeners) listener('closed', held)
      if (held.inbox.unread === 0 && !held.isJoined) return this.#remove(held)
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        this.#remove(held)
      }, KEEP_MS)
      this.#timers.add(timer.unref())
    })
    for (const listener of this.#listeners) listener('opened', held)
    return held
  }

  #remove(held: HeldPipe): void {
    if (this.#pipes.get(held.name) === held) this.#pipes.delete(held.name)
  }
}
