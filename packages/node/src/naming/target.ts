import { type Address, parseAddress } from '../signalling/address.ts'
import type { Verify } from '../identity/identity.ts'
import { parseName, SHORTEST_ID } from './name.ts'
import { NodeError } from '../node-error.ts'
import { parseNodeId } from '../identity/node-id.ts'
import { quote } from '../identity/quote.ts'

/** The peer that a `connect` means. */
export type Target =
  | { readonly type: 'self' }
  | { readonly type: 'id'; readonly publicKey: Uint8Array }
  | { readonly type: 'address'; readonly address: Address }
  /** A contact or a domain; a domain has a dot. */
  | { readonly type: 'name'; readonly name: string }

/**
 * Parses what a user gave as target: `self`, a node id, an address, a contact's name or a domain. Throws
 * `NODE_BAD_TARGET`, `NODE_BAD_ID` or `NODE_BAD_ADDRESS`.
 */
export function parseTarget(text: string, verify: Verify): Target {
  const target = text.trim()
  if (target.toLowerCase() === 'self') return { type: 'self' }
  if ((target.split('.', 1)[0]?.length ?? 0) >= SHORTEST_ID) {
    if (target.includes('.')) return { type: 'address', address: parseAddress(target, verify) }
    return { type: 'id', publicKey: parseNodeId(target) }
  }
  const name = parseName(target)
  if (name !== undefined) return { type: 'name', name }
  throw new NodeError(
    'NODE_BAD_TARGET',
    `${quote(target)} is neither "self" nor a node id (56 characters), a p2pd address, a contact or a domain`,
  )
}
