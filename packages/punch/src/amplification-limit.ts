import { formatTransportAddress, type TransportAddress } from '@p2pd/netif'

/** Small packets to an endpoint that is not verified: the openers of a birthday, and some. RFC 9000 §8.1. */
const MAX_TO_ONE = 300

/** To all such endpoints in one punch: a search of 1,512, and some. docs/decisions/0009. */
const MAX_IN_ALL = 1600

/** Bounds the packets to endpoints that are not verified, so that a lying peer cannot turn us on a stranger. */
export class AmplificationLimit {
  readonly #sent = new Map<string, number>()
  #all = 0

  /** Whether one more packet may go to the endpoint; counts it. */
  allow(remote: TransportAddress): boolean {
    const key = formatTransportAddress(remote)
    const sent = this.#sent.get(key) ?? 0
    if (sent >= MAX_TO_ONE || this.#all >= MAX_IN_ALL) return false
    this.#sent.set(key, sent + 1)
    this.#all++
    return true
  }
}
