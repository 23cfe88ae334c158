import { DaemonError } from '../daemon-error.ts'
import type { Clients } from './clients.ts'

/** The service of the raw pipe. */
export const RAW = ''

/** The clients that take the pipes of callers in place of the daemon: one for the raw pipe, and one for files. */
export class Takers {
  readonly #clients: Clients
  readonly #takers = new Map<string, { readonly client: string; readonly leave: () => void }>()

  constructor(clients: Clients) {
    this.#clients = clients
  }

  /** The client that takes the pipes of a service; undefined where the daemon serves them. */
  of(service: string): string | undefined {
    return this.#takers.get(service)?.client
  }

  /** Gives a service to a client until that ends. Throws `DAEMON_IN_USE` while another one has it, `DAEMON_NO_CLIENT`. */
  give(service: string, client: string): void {
    const holder = this.of(service)
    if (holder === client) return
    const what = service === RAW ? 'callers' : `"${service}"`
    if (holder !== undefined)
      throw new DaemonError('DAEMON_IN_USE', `another client of this daemon takes ${what}`)
    const leave = this.#clients.own(client, () => this.#takers.delete(service))
    this.#takers.set(service, { client, leave })
  }

  /** Gives a service back to the daemon. */
  release(service: string): void {
    this.#takers.get(service)?.leave()
    this.#takers.delete(service)
  }
}
