import type { Contacts } from '../../naming/contacts.ts'
import { NodeError } from '../../node-error.ts'
import { defaultContactsFile, loadContacts } from '../contacts-file.ts'

/** The contacts of a program that runs for long: a file that somebody has spoilt leaves the last good ones in force. */
export class KeptContacts {
  readonly #file: string | undefined
  readonly #onFault: (reason: string) => void
  #last: Contacts = new Map()
  #fault = ''

  /** `onFault` is called once for each fault of the file. */
  constructor(file: string | undefined, onFault: (reason: string) => void) {
    this.#file = file
    this.#onFault = onFault
  }

  /** The contacts of this moment, or the last good ones. */
  readonly load = async (): Promise<Contacts> => {
    try {
      this.#last = await loadContacts(this.#file ?? defaultContactsFile())
      this.#fault = ''
    } catch (error) {
      if (!(error instanceof NodeError)) throw error
      if (error.message !== this.#fault && error.code !== 'NODE_NO_HOME') this.#onFault(error.message)
      this.#fault = error.message
    }
    return this.#last
  }
}
