import { redactUrl } from './broker.ts'
import { labelled } from '../bytes.ts'
import type { SignalCrypto } from '../envelope/crypto.ts'

/** With a list this short a node listens on every broker of it. */
export const SHORT_LIST = 5
/** With a longer one it listens on so many: one may fail, and another be out of somebody's reach. */
export const LISTENED = 3

const encoder = new TextEncoder()

/**
 * The brokers that a node listens on, the best first: rendezvous hashing of its public key over the list.
 * A caller with the same list knows where to find the node. A broker taken from the list or added to it moves
 * only the nodes that it concerns.
 */
export function brokersOf(
  crypto: SignalCrypto,
  publicKey: Uint8Array,
  urls: readonly string[],
): readonly string[] {
  const distinct = [...new Set(urls)]
  const ranked = distinct
    .map((url) => ({ url, rank: rankOf(crypto, publicKey, url) }))
    .sort((a, b) => (a.rank < b.rank ? 1 : -1))
    .map(({ url }) => url)
  return distinct.length <= SHORT_LIST ? ranked : ranked.slice(0, LISTENED)
}

/** The first 52 bits of the hash: enough to tell brokers apart, and a number. */
function rankOf(crypto: SignalCrypto, publicKey: Uint8Array, url: string): number {
  const hash = crypto.sha256(labelled('broker rank', publicKey, encoder.encode(redactUrl(url))))
  const view = new DataView(hash.buffer, hash.byteOffset, hash.length)
  return view.getUint32(0) * 2 ** 20 + (view.getUint32(4) >>> 12)
}
