import { Listeners } from './listeners.ts'

/** Datagrams beside the streams: sent at once or dropped. */
export interface Datagrams {
  /** Sends up to 65,535 bytes, or drops them; returns whether they were sent. */
  send(bytes: Uint8Array): boolean
  onMessage(listener: (bytes: Uint8Array) => void): () => void
  /** Datagrams that were not sent. */
  readonly dropped: number
}

/** The part of a session that datagrams need. */
export interface DatagramPort {
  send(bytes: Uint8Array): boolean
  dropped(): number
}

/** Datagrams of a session, for those that listen. */
export class SessionDatagrams implements Datagrams {
  readonly #port: DatagramPort
  readonly #listeners = new Listeners<Uint8Array>()

  constructor(port: DatagramPort) {
    this.#port = port
  }

  get dropped(): number {
    return this.#port.dropped()
  }

  send(bytes: Uint8Array): boolean {
    return this.#port.send(bytes)
  }

  onMessage(listener: (bytes: Uint8Array) => void): () => void {
    return this.#listeners.add(listener)
  }

  /** A datagram arrived. */
  receive(bytes: Uint8Array): void {
    this.#listeners.tell(bytes)
  }
}
