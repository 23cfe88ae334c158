import type { Admit } from '@p2pd/node'
import { contactsAdmission, type ContactsAdmission } from '@p2pd/node/node'

/** The peers that may use the services of a daemon's node: one list for all, and lists of single services. */
export class ServiceAdmission {
  #sources: ContactsAdmission
  readonly #lists = new Map<string, readonly string[]>()

  /** `allow` counts for each service without a separate list. */
  constructor(sources: ContactsAdmission = {}) {
    this.#sources = sources
  }

  /** Give it to `startNode`. It decides by the lists of the moment. */
  readonly admit: Admit = (applicant, signal) => {
    const allow = this.listOf(applicant.service)
    return contactsAdmission({ ...this.#sources, ...(allow && { allow }) })(applicant, signal)
  }

  /** Changes the list for each service without a separate one. */
  allowByDefault(who: readonly string[]): void {
    this.#sources = { ...this.#sources, allow: who }
  }

  /** Gives a service a separate list, or takes it back: `contacts`, `everyone`, `ask`, names of contacts, node ids. */
  allow(service: string, who: readonly string[] | undefined): void {
    if (who === undefined) this.#lists.delete(service)
    else this.#lists.set(service, who)
  }

  /** The list that decides about a service; undefined for the default one. */
  listOf(service: string): readonly string[] | undefined {
    return this.#lists.get(service) ?? this.#sources.allow
  }
}
