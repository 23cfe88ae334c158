import { joinBytes } from '@p2pd/netif'
import { decodeBase32, encodeBase32 } from '../identity/base32.ts'
import type { Candidate } from '../candidates/candidate.ts'
import { decodeMap, encodeMap, integerIn } from '../wire/cbor.ts'
import type { Identity, Verify } from '../identity/identity.ts'
import { NodeError } from '../node-error.ts'
import { formatNodeId, parseNodeId } from '../identity/node-id.ts'
import { candidatesFromWire, candidateToWire } from './candidate-wire.ts'

/** Where a node can be reached, by its own signed statement. */
export interface Address {
  readonly publicKey: Uint8Array
  /** Wall clock of the node when it signed, in seconds since 1970: of two addresses the later one counts. */
  readonly issuedAt: number
  readonly candidates: readonly Candidate[]
}

/** Keys of the signed body. */
const AddressKey = { issuedAt: 1, candidates: 2 } as const
const SIGNATURE_LENGTH = 64
/** Keeps a signature made for an address from being good for anything else. */
const CONTEXT = new TextEncoder().encode('p2pd address\0')
/** About four times the longest address that a node makes: this bounds the cost of parsing. */
const MAX_CHARACTERS = 8192

/** Formats and signs: `<node id>.<base32 of CBOR map and signature>`. */
export function formatAddress(
  identity: Identity,
  { issuedAt, candidates }: Omit<Address, 'publicKey'>,
): string {
  const body = encodeMap([
    [AddressKey.issuedAt, issuedAt],
    [AddressKey.candidates, candidates.map(candidateToWire)],
  ])
  const signature = identity.sign(signedBytes(identity.publicKey, body))
  return `${formatNodeId(identity.publicKey)}.${encodeBase32(joinBytes(body, signature))}`
}

/**
 * Parses an address and checks its signature; keys and candidates that are not known are left out. Throws
 * `NODE_BAD_ADDRESS`, or `NODE_BAD_ID` when the node id in front is wrong.
 */
export function parseAddress(text: string, verify: Verify): Address {
  if (text.length > MAX_CHARACTERS) throw badAddress(`it has more than ${MAX_CHARACTERS} characters`)
  const dot = text.indexOf('.')
  if (dot < 0) throw badAddress('there is no "." between node id and candidates')
  const publicKey = parseNodeId(text.slice(0, dot))
  const bytes = decodeBase32(text.slice(dot + 1).toLowerCase())
  if (typeof bytes === 'string')
    throw badAddress(bytes === '' ? 'it was cut short' : `"${bytes}" is not one of a-z and 2-7`)
  if (bytes.length <= SIGNATURE_LENGTH) throw badAddress('it was cut short')
  const body = bytes.subarray(0, -SIGNATURE_LENGTH)
  if (!verify(publicKey, signedBytes(publicKey, body), bytes.subarray(-SIGNATURE_LENGTH))) {
    throw badAddress('its signature does not match: it was altered or cut short')
  }
  return { publicKey, ...parseBody(body) }
}

function parseBody(body: Uint8Array): Omit<Address, 'publicKey'> {
  const map = decodeMap(body, badAddress)
  const dates = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const
  const issuedAt = integerIn(map.get(AddressKey.issuedAt), dates, () => badAddress('it has no date'))
  const candidates = candidatesFromWire(map.get(AddressKey.candidates), badAddress)
  return { issuedAt, candidates }
}

function signedBytes(publicKey: Uint8Array, body: Uint8Array): Uint8Array {
  return joinBytes(CONTEXT, publicKey, body)
}

function badAddress(why: string): NodeError {
  return new NodeError('NODE_BAD_ADDRESS', `this is not a p2pd address: ${why}; ask the peer for it again`)
}
