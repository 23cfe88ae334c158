import { decodeMap, encodeMap } from '../wire/cbor.ts'
import { parseNodeId } from '../identity/node-id.ts'
import { NodeError } from '../node-error.ts'

/** Characters of a name and of a purpose, at most. */
const MAX_TEXT = 100

/** A side of a pairing, as the other side learns of it once both have proved the same code. */
export interface Introduction {
  /** The node id. */
  readonly id: string
  /** The name that the side gives itself. Not escaped for a terminal. */
  readonly name: string
  /** The service that the side wants to use or offers; empty for contacts only. */
  readonly purpose: string
}

/** Encodes an introduction. Longer texts are cut. */
export function encodeIntroduction({ id, name, purpose }: Introduction): Uint8Array {
  return encodeMap([
    [1, id],
    [2, name.slice(0, MAX_TEXT)],
    [3, purpose.slice(0, MAX_TEXT)],
  ])
}

/** Decodes an introduction. Throws `NODE_BAD_MESSAGE`, or `NODE_BAD_ID` for an id that is none. */
export function decodeIntroduction(bytes: Uint8Array): Introduction {
  const map = decodeMap(bytes, refuse)
  const [id, name, purpose] = [1, 2, 3].map((key) => textIn(map.get(key)))
  parseNodeId(id ?? '')
  return { id: id ?? '', name: name ?? '', purpose: purpose ?? '' }
}

function textIn(value: unknown): string {
  if (typeof value !== 'string' || value.length > MAX_TEXT) throw refuse('a text is missing or too long')
  return value
}

function refuse(what: string): NodeError {
  return new NodeError('NODE_BAD_MESSAGE', `an introduction is malformed: ${what}`)
}
