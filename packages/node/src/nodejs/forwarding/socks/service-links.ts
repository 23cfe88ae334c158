import { NodeError } from '../../../node-error.ts'
import type { SessionStream } from '../../../runtime/session.ts'
import { type LinkOptions, PeerLink } from '../peer-link.ts'

/** How long a refusal is remembered: programs ask again at once, and each time would be a call. */
const REFUSED_MS = 10_000
/** More names than a peer serves. The oldest is forgotten first. */
const MAX_LINKS = 256

/** Links to services of one peer, each opened when it is first wanted, and kept. */
export class ServiceLinks {
  readonly #options: Omit<LinkOptions, 'service'>
  readonly #links = new Map<string, Promise<PeerLink>>()
  readonly #refused = new Map<string, { readonly until: number; readonly error: NodeError }>()

  constructor(options: Omit<LinkOptions, 'service'>) {
    this.#options = options
  }

  /**
   * A stream to the first of these services that the peer offers; undefined while the peer is away. Fails as `connect` does,
   * with `NODE_SERVICE` when the peer offers none of them.
   */
  async openStream(services: readonly string[]): Promise<SessionStream | undefined> {
    let refusal: unknown
    for (const service of services) {
      try {
        return (await this.#linkTo(service)).openStream()
      } catch (error) {
        if (!isRefusal(error)) throw error
        refusal = error
      }
    }
    throw refusal
  }

  async close(): Promise<void> {
    const links = await Promise.allSettled(this.#links.values())
    const open = links.flatMap((link) => (link.status === 'fulfilled' ? [link.value] : []))
    await Promise.all(open.map((link) => link.close()))
  }

  #linkTo(service: string): Promise<PeerLink> {
    const refused = this.#refused.get(service)
    if (refused !== undefined && refused.until > Date.now()) return Promise.reject(refused.error)
    const known = this.#links.get(service)
    if (known !== undefined) return known
    const opening = this.#open(service)
    this.#links.set(service, opening)
    return opening
  }

  async #open(service: string): Promise<PeerLink> {
    const link = new PeerLink({ ...this.#options, service })
    try {
      await link.open()
      return link
    } catch (error) {
      this.#links.delete(service)
      if (isRefusal(error)) this.#remember(service, error)
      throw error
    }
  }

  #remember(service: string, error: NodeError): void {
    const [oldest] = this.#refused.keys()
    if (oldest !== undefined && this.#refused.size >= MAX_LINKS) this.#refused.delete(oldest)
    this.#refused.set(service, { until: Date.now() + REFUSED_MS, error })
  }
}

function isRefusal(error: unknown): error is NodeError {
  return error instanceof NodeError && error.code === 'NODE_SERVICE'
}
