import { joinBytes } from '@p2pd/netif'
import type { SignalCrypto } from '../envelope/crypto.ts'
import { searchWork } from '../envelope/envelope.ts'
import { textOf } from './recent-map.ts'
import type { Clock } from '@p2pd/netif'
import type { WorkSearch } from '../envelope/work.ts'

/** Longer than most round trips: a peer that has not answered until then may be flooded. */
const WORKED_MS = 250
/** Longer than a round trip around the world: a peer that has not answered until then may be connecting again. */
const LAST_MS = 800
/** Hashes in a row: 3 ms of CPU, in which nothing else is done. */
const TRIES = 2000

/** A message that may be sent again. */
export interface Repeatable {
  readonly to: Uint8Array
  readonly envelope: Uint8Array
  readonly expiresInMs: number
}

/** Sends messages a second and a third time, unless a message of the peer comes first. */
export class Repeats {
  readonly #clock: Clock
  readonly #crypto: SignalCrypto
  readonly #publish: (message: Repeatable) => void
  /** The functions that cancel what is planned, by peer. */
  readonly #cancels = new Map<string, Set<() => void>>()

  constructor(ports: {
    readonly clock: Clock
    readonly crypto: SignalCrypto
    readonly publish: (message: Repeatable) => void
  }) {
    this.#clock = ports.clock
    this.#crypto = ports.crypto
    this.#publish = ports.publish
  }

  /** Repeats a message after a while; returns what cancels it. */
  plan(message: Repeatable): () => void {
    const last = this.#clock.now() + LAST_MS
    return this.#at(message.to, last, () => this.#publish(message))
  }

  /** Repeats a message with work shown for it, and then once more. */
  planWithWork(message: Repeatable): () => void {
    const { to, envelope } = message
    const startedAt = this.#clock.now()
    let cancel = () => {}
    const search = (work: WorkSearch) => {
      const found = work.next(TRIES)
      if (!found) {
        cancel = this.#at(to, this.#clock.now(), () => search(work))
        return
      }
      const worked = { ...message, envelope: joinBytes(envelope, found) }
      this.#publish(worked)
      cancel = this.#at(to, startedAt + LAST_MS, () => this.#publish(worked))
    }
    cancel = this.#at(to, startedAt + WORKED_MS, () => search(searchWork(this.#crypto, envelope)))
    return () => cancel()
  }

  /** Cancels the repeats to a peer, because a message of the peer has come. */
  drop(peer: Uint8Array): void {
    for (const cancel of this.#cancels.get(textOf(peer)) ?? []) cancel()
  }

  close(): void {
    for (const cancels of this.#cancels.values()) for (const cancel of cancels) cancel()
  }

  /** Does something later, unless a message of the peer comes first; returns the function that cancels it. */
  #at(peer: Uint8Array, time: number, work: () => void): () => void {
    const key = textOf(peer)
    const cancels = this.#cancels.get(key) ?? new Set()
    this.#cancels.set(key, cancels)
    const stop = this.#clock.at(time, () => {
      cancel()
      work()
    })
    const cancel = () => {
      stop()
      cancels.delete(cancel)
      if (cancels.size === 0 && this.#cancels.get(key) === cancels) this.#cancels.delete(key)
    }
    cancels.add(cancel)
    return cancel
  }
}
