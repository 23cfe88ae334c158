import { formatTransportAddress, type TransportAddress } from '@p2pd/netif'

/** Small packets that an endpoint gets before it has proved that it wants them: the openers of a birthday. */
const MAX_UNPROVED = 300

/** Counts what is sent to endpoints that have proved nothing, so that a lying peer cannot turn us on a stranger. */
export class Courtesy {
  readonly #sent = new Map<string, number>()

  /** Whether one more may go there; counts it. */
  allow(remote: TransportAddress): boolean {
    const key = formatTransportAddress(remote)
    const sent = this.#sent.get(key) ?? 0
    if (sent >= MAX_UNPROVED) return false
    this.#sent.set(key, sent + 1)
    return true
  }
}
