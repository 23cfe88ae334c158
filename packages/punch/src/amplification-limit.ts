import { formatTransportAddress, type TransportAddress } from '@p2pd/netif'

/** Small packets that an endpoint gets before it has proved that it wants them: the openers of a birthday, and some. */
const MAX_TO_ONE = 300

/** To all endpoints that have proved nothing, in one punch: a search of 1,512, and some. docs/decisions/0009. */
const MAX_IN_ALL = 1600

/** Counts what is sent to endpoints that have proved nothing, so that a lying peer cannot turn us on a stranger. */
export class AmplificationLimit {
  readonly #sent = new Map<string, number>()
  #all = 0

  /** Whether one more may go there; counts it. */
  allow(remote: TransportAddress): boolean {
    const key = formatTransportAddress(remote)
    const sent = this.#sent.get(key) ?? 0
    if (sent >= MAX_TO_ONE || this.#all >= MAX_IN_ALL) return false
    this.#sent.set(key, sent + 1)
    this.#all++
    return true
  }
}
