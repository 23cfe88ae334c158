import type { Paired } from '@p2pd/node/node'
import type { Context } from '../../context.ts'
import { announcePaired, pairByOwnCode } from './pair-by-code.ts'

/** A code that lets one peer in, shown while a command runs. */
export interface InvitationOptions {
  readonly purpose: string
  /** The command that the other side runs. */
  readonly commandOf: (code: string) => string
  /** Lets the peer in that has proved the code. */
  readonly admit: (peer: Paired['peer']) => void | Promise<void>
}

/** One code beside a command that waits for callers. */
export class Invitation {
  readonly #over = new AbortController()
  readonly #paired: Promise<void>

  constructor(context: Context, { admit, ...pairing }: InvitationOptions) {
    const signal = AbortSignal.any([context.interrupted, this.#over.signal])
    this.#paired = pairByOwnCode(context, { ...pairing, signal }).then(async ({ peer, ended }) => {
      await admit(peer)
      await announcePaired(context, peer)
      await ended
    })
    this.#paired.catch(() => {}) // `failed` reports it.
  }

  /** Rejects when the code is burnt or too old, or no broker carries it. Does not resolve. */
  async failed(): Promise<never> {
    await this.#paired
    return new Promise(() => {})
  }

  /** Withdraws the code. Messages that the other side may lack are sent first. */
  async close(): Promise<void> {
    this.#over.abort()
    await this.#paired.catch(() => {}) // The command has another result.
  }
}
