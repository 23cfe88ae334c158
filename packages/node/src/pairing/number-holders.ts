import { toHex } from '@p2pd/netif'
import type { CodeEnd, PairingMessage } from './pairing-message.ts'

/** Holders that are told apart: anybody may publish claims. */
const MAX_HOLDERS = 32

/** The claims of one number, as brokers know them. Each may have an old one. */
export class NumberHolders {
  readonly #alive = new Set<string>()
  readonly #ended = new Set<string>()
  #end: CodeEnd | 'unknown' | undefined

  take(message: PairingMessage & { readonly type: 'claim' | 'ended' }): void {
    const holder = toHex(message.holder)
    if (message.type === 'claim') {
      if (!this.#ended.has(holder) && this.#alive.size < MAX_HOLDERS) this.#alive.add(holder)
      return
    }
    this.#alive.delete(holder)
    if (this.#ended.size < MAX_HOLDERS) this.#ended.add(holder)
    this.#end = message.why ?? 'unknown'
  }

  /** Whether somebody holds the number, as far as is known. */
  get isHeld(): boolean {
    return this.#alive.size > 0
  }

  /** How the last holder has ended; undefined while none has. */
  get end(): CodeEnd | 'unknown' | undefined {
    return this.#end
  }
}
