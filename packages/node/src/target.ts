import { type Address, parseAddress } from './address.ts'
import type { Verify } from './identity.ts'
import { NodeError } from './node-error.ts'
import { parseNodeId } from './node-id.ts'

/** Whom a `connect` means. */
export type Target =
  | { readonly type: 'self' }
  | { readonly type: 'id'; readonly publicKey: Uint8Array }
  | { readonly type: 'address'; readonly address: Address }

/** Shorter words are names; an id or an address with a typing error still has about its length. */
const SHORTEST_ID = 40

/** Parses what a user gave as target: `self`, a node id, or an address. */
export function parseTarget(text: string, verify: Verify): Target {
  const target = text.trim()
  if (target === 'self') return { type: 'self' }
  if ((target.split('.')[0]?.length ?? 0) < SHORTEST_ID) {
    throw new NodeError(
      'NODE_BAD_TARGET',
      `"${target}" is neither "self" nor a node id (56 characters) nor an address`,
    )
  }
  if (target.includes('.')) return { type: 'address', address: parseAddress(target, verify) }
  return { type: 'id', publicKey: parseNodeId(target) }
}
