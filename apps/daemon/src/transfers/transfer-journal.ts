import { systemReason } from '@p2pd/netif'
import { makeFolders } from '@p2pd/netif/node'
import type { ConflictPolicy } from '@p2pd/transfer'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const OWNER_ONLY = 0o600
const OWNER_ONLY_FOLDER = 0o700
/** A sender that has not come back by then begins anew. */
const KEEP_MS = 7 * 24 * 3600 * 1000

/** An offer that a person has accepted and that is not complete. */
export interface AcceptedOffer {
  readonly peer: string
  readonly offer: string
  readonly folder: string
  readonly conflict: ConflictPolicy
}

/** Files that a client has asked to send and that the receiver does not have yet. */
export interface UnsentFiles {
  readonly target: string
  readonly files: readonly string[]
  readonly bytesPerSecond?: number | undefined
}

interface Contents {
  accepted: (AcceptedOffer & { readonly at: number })[]
  unsent: UnsentFiles[]
}

/**
 * The transfers that a daemon has not finished, in a file: a daemon that was killed goes on with them. Each change is written
 * before the call returns. Without a file they are kept in memory.
 */
export class TransferJournal {
  readonly #file: string | undefined
  readonly #log: (event: string, fields: object) => void
  #contents: Contents

  constructor(file: string | undefined, log: (event: string, fields: object) => void) {
    this.#file = file
    this.#log = log
    this.#contents = file === undefined ? { accepted: [], unsent: [] } : read(file, log)
  }

  /** The decision about an offer that is made again. */
  accepted(peer: string, offer: string): AcceptedOffer | undefined {
    return this.#contents.accepted.find((one) => one.peer === peer && one.offer === offer)
  }

  accept(offer: AcceptedOffer): void {
    this.#withdraw(offer)
    this.#contents.accepted.push({ ...offer, at: Date.now() })
    this.#write()
  }

  forget(peer: string, offer: string): void {
    if (this.#withdraw({ peer, offer })) this.#write()
  }

  /** Returns what takes the entry back. */
  begin(files: UnsentFiles): () => void {
    this.#contents.unsent.push(files)
    this.#write()
    return () => {
      this.#contents.unsent = this.#contents.unsent.filter((one) => one !== files)
      this.#write()
    }
  }

  /** Gives the entries of an earlier daemon to their new transfers. */
  takeUnsent(): readonly UnsentFiles[] {
    return this.#contents.unsent.splice(0)
  }

  #withdraw({ peer, offer }: Pick<AcceptedOffer, 'peer' | 'offer'>): boolean {
    const before = this.#contents.accepted.length
    this.#contents.accepted = this.#contents.accepted.filter(
      (one) => !(one.peer === peer && one.offer === offer),
    )
    return this.#contents.accepted.length < before
  }

  #write(): void {
    if (this.#file === undefined) return
    try {
      const unfinished = `${this.#file}.new`
      writeFileSync(unfinished, `${JSON.stringify(this.#contents)}\n`, { mode: OWNER_ONLY })
      renameSync(unfinished, this.#file)
    } catch (error) {
      this.#log('journal-not-written', { reason: systemReason(error) })
    }
  }
}

function read(file: string, log: (event: string, fields: object) => void): Contents {
  makeFolders(dirname(file), OWNER_ONLY_FOLDER)
  try {
    const { accepted = [], unsent = [] } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Contents>
    return { accepted: accepted.filter(({ at }) => Date.now() - at < KEEP_MS), unsent }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log('journal-not-read', { reason: systemReason(error) })
    return { accepted: [], unsent: [] }
  }
}
