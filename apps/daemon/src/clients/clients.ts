import type { Duplex } from 'node:stream'
import { DaemonError } from '../daemon-error.ts'

/** More than commands run at once. */
const MAX_CLIENTS = 1024
/** A client that leaves more unread has stopped, and its events would fill the memory. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024

/** A client that holds a connection. */
interface Client {
  readonly connection: Duplex
  /** Undo what the client has opened, the newest last. */
  readonly endings: Set<() => void>
}

/**
 * The clients that hold a connection. The pipes and services of a client end with its connection, also when the client was killed. The events of these things are written to it, one JSON object a line.
 */
export class Clients {
  readonly #clients = new Map<string, Client>()

  /** Takes the connection of a client. Throws `DAEMON_NAME_TAKEN`, `DAEMON_BUSY`. */
  hold(id: string, connection: Duplex): void {
    this.check(id, false)
    const client: Client = { connection, endings: new Set() }
    this.#clients.set(id, client)
    connection.on('error', () => {}) // Its close counts.
    connection.on('end', () => connection.end())
    connection.once('close', () => {
      this.#clients.delete(id)
      for (const end of client.endings) end()
    })
    connection.resume()
  }

  /** Throws `DAEMON_NO_CLIENT` for a client that is not there; for a new one `DAEMON_NAME_TAKEN` or `DAEMON_BUSY`. */
  check(id: string, isThere = true): void {
    if (this.#clients.has(id) === isThere) {
      if (isThere || this.#clients.size < MAX_CLIENTS) return
      throw new DaemonError('DAEMON_BUSY', `${MAX_CLIENTS} clients hold connections`)
    }
    if (isThere) throw new DaemonError('DAEMON_NO_CLIENT', `no client "${id}" holds a connection`)
    throw new DaemonError('DAEMON_NAME_TAKEN', `there is a client "${id}" already`)
  }

  /** Has something end with a client; returns what leaves it alone. Throws `DAEMON_NO_CLIENT`. */
  own(id: string, end: () => void): () => void {
    this.check(id)
    const { endings } = this.#clients.get(id) as Client
    endings.add(end)
    return () => void endings.delete(end)
  }

  tellAll(event: object): void {
    for (const id of this.#clients.keys()) this.tell(id, event)
  }

  /** Tells a client of an event, if it is there. */
  tell(id: string | undefined, event: object): void {
    const connection = id === undefined ? undefined : this.#clients.get(id)?.connection
    if (connection === undefined || connection.destroyed) return
    connection.write(`${JSON.stringify(event)}\n`)
    if (connection.writableLength > MAX_UNREAD_BYTES) connection.destroy()
  }
}
