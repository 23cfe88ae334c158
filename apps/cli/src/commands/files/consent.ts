import { peerOf } from '@p2pd/node'
import { defaultContactsFile, loadContacts } from '@p2pd/node/node'
import type { Summary } from '@p2pd/transfer'
import type { Consent as Answer } from '@p2pd/transfer/node'
import type { Context } from '../../context.ts'
import { offerText } from './offer-text.ts'
import type { Questions } from './questions.ts'

/** The decisions that the user has made beforehand. */
export interface Decided {
  /** Accepts every offer. */
  readonly yes?: true
  /** Contacts and node ids that may send without a question. */
  readonly allow?: readonly string[]
}

/** The path of an offer and its sender. */
export interface Offerer {
  readonly peer: string
  readonly strategy: string
}

/**
 * Decides about offers: by the options, or by the user. An accepted offer may be made again after a lost connection. As
 * long as it is the same, the user is not asked a second time.
 */
export class Consent {
  readonly #context: Context
  readonly #questions: Questions
  readonly #isGiven: boolean
  readonly #accepted = new Map<string, string>()
  readonly #namesByCode = new Map<string, string>()

  constructor(context: Context, questions: Questions, { yes, allow }: Decided) {
    this.#context = context
    this.#questions = questions
    this.#isGiven = yes === true || allow !== undefined
  }

  /** The peer has proved the code of this side, and calls itself so. */
  introduce({ id, name }: { readonly id: string; readonly name: string }): void {
    this.#namesByCode.set(id, name)
  }

  /** The name that the peer gave itself when it proved a code of this side; undefined for others. */
  nameByCode(peer: string): string | undefined {
    return this.#namesByCode.get(peer)
  }

  async ask(summary: Summary, { peer, strategy }: Offerer): Promise<Answer> {
    const { output, env } = this.#context
    const contacts = await loadContacts(defaultContactsFile(env))
    const name = [...contacts].find(([, entry]) => peerOf(entry) === peer)?.[0]
    output.info(offerText(summary, { peer, name, nameByCode: this.nameByCode(peer), strategy }))
    if (this.#isGiven) return true
    const offer = JSON.stringify(summary)
    if (this.#accepted.get(peer) === offer) return true
    if (!this.#questions.canAsk) {
      output.error(
        'refused: there is no terminal to ask at; --yes accepts every offer, --allow those of some peers',
      )
      return { refusal: 'it runs without a terminal to ask at, and without --yes or --allow' }
    }
    const isAccepted = ['y', 'yes'].includes(await this.#questions.ask('Accept? [y/N]'))
    if (isAccepted) this.#accepted.set(peer, offer)
    return isAccepted || { refusal: 'its user said no' }
  }

  /** The transfer is complete: the next offer of this peer is a new one. */
  forget(peer: string): void {
    this.#accepted.delete(peer)
  }
}
