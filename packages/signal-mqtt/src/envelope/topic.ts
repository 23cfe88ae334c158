import type { SignalCrypto } from './crypto.ts'
import { labelled } from '../bytes.ts'

/** RFC 4648 §6, in lower case as in node ids. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/**
 * The topic a node receives its messages on. A hash, so that a broker can check a node id that it
 * knows but cannot read one.
 */
export function messageTopic(crypto: SignalCrypto, recipient: Uint8Array): string {
  return `p2pd/1/m/${base32(crypto.sha256(labelled('message topic', recipient)))}`
}

/** The topic of a node's record; only who knows the node id can find it. */
export function recordTopic(crypto: SignalCrypto, owner: Uint8Array): string {
  return `p2pd/1/r/${base32(crypto.sha256(labelled('record topic', owner)))}`
}

/** Without padding. RFC 4648 §6. */
export function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(value >> (bits - 5)) & 31]
    value &= (1 << bits) - 1
  }
  return bits > 0 ? text + BASE32[(value << (5 - bits)) & 31] : text
}
