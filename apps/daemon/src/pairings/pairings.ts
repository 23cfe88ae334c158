import { addContact, freeContactName } from '@p2pd/node'
import { pair, updateContacts, verifyEd25519 } from '@p2pd/node/node'
import { DaemonError } from '../daemon-error.ts'

/** More than one person runs at a time; each keeps connections to brokers open. */
const MAX_WAITING = 16
/** Ended ones stay for clients that ask. */
const MAX_KEPT = 64

/** A pairing, as clients see it. */
export interface PairingResource {
  readonly id: string
  /** `cancelled` is the last event of a pairing that a client has ended; it is in no list any more. */
  readonly state: 'waiting' | 'paired' | 'failed' | 'cancelled'
  readonly code?: string
  readonly command?: string
  readonly guessesLeft?: number
  readonly name?: string
  readonly peer?: string
  readonly reason?: string
  readonly failure?: string
  readonly startedAt: string
}

/** A wish to pair. */
export interface PairingWish {
  readonly code?: string | undefined
  readonly name?: string | undefined
  readonly remember?: string | undefined
}

/** The parts of a daemon that pairings use. */
export interface PairingsOptions {
  /** Of the own node. */
  readonly id: string
  readonly brokers: () => readonly string[]
  readonly contactsFile: string | undefined
  readonly onChange: (pairing: PairingResource) => void
}

/** The pairings that wait, and the last ones that have ended. */
export class Pairings {
  readonly #options: PairingsOptions
  readonly #pairings = new Map<string, PairingResource>()
  readonly #waiting = new Map<string, AbortController>()
  #last = 0

  constructor(options: PairingsOptions) {
    this.#options = options
  }

  /** The oldest first. */
  list(): PairingResource[] {
    return [...this.#pairings.values()]
  }

  /** Throws `DAEMON_NO_PAIRING`. */
  get(id: string): PairingResource {
    const pairing = this.#pairings.get(id)
    if (pairing === undefined) throw new DaemonError('DAEMON_NO_PAIRING', `there is no pairing ${id}`)
    return pairing
  }

  /**
   * Without a code resolves when the other side may use the new one, with a code when the two sides are paired. Fails as
   * `pair` of `@p2pd/node/node` does.
   */
  async start({ code, name, remember }: PairingWish): Promise<PairingResource> {
    if (this.#waiting.size >= MAX_WAITING)
      throw new DaemonError('DAEMON_BUSY', `${MAX_WAITING} pairings wait: end some`)
    const id = String(++this.#last)
    const over = new AbortController()
    this.#waiting.set(id, over)
    this.#set({ id, state: 'waiting', startedAt: new Date().toISOString() })
    return new Promise((resolve, reject) => {
      const paired = pair({
        brokers: this.#options.brokers(),
        id: this.#options.id,
        name,
        code,
        signal: over.signal,
        onCode: (shown) => {
          if (code !== undefined) return
          resolve(this.#change(id, { code: shown, command: `p2pd pair ${shown}` }))
        },
        onWrong: (guessesLeft) => void this.#change(id, { guessesLeft }),
      })
      void paired
        .then(async ({ peer }) => this.#remember(id, peer, remember))
        .then(resolve, (error: Error) => {
          this.#fail(id, error)
          reject(error)
        })
        .then(() => this.#waiting.delete(id))
    })
  }

  /** Ends a pairing that waits. Throws `DAEMON_NO_PAIRING`. */
  cancel(id: string): void {
    const pairing = this.get(id)
    this.#waiting.get(id)?.abort()
    this.#pairings.delete(id)
    if (pairing.state === 'waiting') this.#options.onChange({ ...pairing, state: 'cancelled' })
  }

  closeAll(): void {
    for (const over of this.#waiting.values()) over.abort()
  }

  async #remember(
    id: string,
    peer: Parameters<typeof freeContactName>[1],
    wanted: string | undefined,
  ): Promise<PairingResource> {
    this.get(id) // Else it was ended, and nobody becomes a contact.
    let name = ''
    await updateContacts((contacts) => {
      name = wanted ?? freeContactName(contacts, peer)
      return addContact(contacts, { name, target: peer.id }, verifyEd25519)
    }, this.#options.contactsFile)
    return this.#change(id, { state: 'paired', name, peer: peer.id })
  }

  #fail(id: string, error: Error & { readonly code?: string }): void {
    if (!this.#pairings.has(id)) return // It was ended.
    this.#change(id, { state: 'failed', reason: error.message, failure: error.code ?? 'DAEMON_FAILED' })
  }

  #change(id: string, change: Partial<PairingResource>): PairingResource {
    const pairing = { ...this.get(id), ...change }
    this.#set(pairing)
    return pairing
  }

  #set(pairing: PairingResource): void {
    this.#pairings.set(pairing.id, pairing)
    for (const { id, state } of this.#pairings.values())
      if (this.#pairings.size > MAX_KEPT && state !== 'waiting') this.#pairings.delete(id)
    this.#options.onChange(pairing)
  }
}
