import { decode, encode, Tokenizer } from 'cborg'

/**
 * CBOR in its deterministic form (RFC 8949 §4.2.1): maps with small integer keys, lists, integers, byte strings, texts.
 * A reader skips the keys it does not know, so that a later version may add some.
 */
export type WireMap = ReadonlyMap<unknown, unknown>

/** Keys of a map with their values. */
type Entries = readonly (readonly [key: number, value: unknown])[]

/** Makes the error by which a decoder refuses bytes; `what` names the part that is wrong. */
export type Refuse = (what: string) => Error

/** The key of the version, in the outermost map of everything that is sent. */
const VERSION_KEY = 0
/** The version of every map in this package. Another one means that known keys have changed their meaning. */
const WIRE_VERSION = 1

/** Deeper than any known map, with room for more; what nests deeper is refused before it costs stack. */
const MAX_DEPTH = 16

/** No tags, no indefinite lengths, no `undefined`: a reader that skips a value must not need to know its meaning. */
const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowBigInt: true,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  useMaps: true,
  rejectDuplicateMapKeys: true,
}

/** Encodes an outermost map, with the version in front; entries without a value are left out. */
export function encodeMap(entries: Entries): Uint8Array {
  return encode(toMap([[VERSION_KEY, WIRE_VERSION], ...entries]))
}

/** A map to be encoded inside another; entries without a value are left out. */
export function toMap(entries: Entries): WireMap {
  return new Map(entries.filter(([, value]) => value !== undefined))
}

/** Decodes one map of this version. Throws what `refuse` makes when the bytes are anything else. RFC 8949 §3. */
export function decodeMap(bytes: Uint8Array, refuse: Refuse): WireMap {
  let value: unknown
  try {
    value = decode(bytes, { ...STRICT, tokenizer: new ShallowTokenizer(bytes, STRICT) })
  } catch {
    // The fault that cborg found says less to the reader than the name of what the bytes should have been.
  }
  if (!(value instanceof Map)) throw refuse('it is not a CBOR map')
  const version: unknown = value.get(VERSION_KEY)
  if (version !== WIRE_VERSION) {
    throw refuse(`it is of version ${String(version)}, this program knows ${WIRE_VERSION}`)
  }
  return value
}

/** The map in a decoded value. */
export function mapIn(value: unknown, name: string, refuse: Refuse): WireMap {
  if (!(value instanceof Map)) throw refuse(`${name} is not a map`)
  return value
}

/** The list in a decoded value; its length counts before any entry is skipped. */
export function listIn(value: unknown, most: number, name: string, refuse: Refuse): readonly unknown[] {
  if (!Array.isArray(value)) throw refuse(`the ${name} are not a list`)
  if (value.length > most) throw refuse(`${value.length} ${name} are more than ${most}`)
  return value
}

/** The integer between `low` and `high`, both included, in a decoded value. */
export function integerIn(
  value: unknown,
  [low, high]: readonly [number, number],
  refuse: () => Error,
): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < low || value > high) throw refuse()
  return value
}

/** A copy of the byte string of this length in a decoded value: a view could share a Node.js `Buffer` with others. */
export function bytesIn(value: unknown, length: number, name: string, refuse: Refuse): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw refuse(name)
  return new Uint8Array(value)
}

/** The word that a registry has under the number in a decoded value; undefined for numbers it does not have (yet). */
export function wordIn<Word extends string>(
  registry: Readonly<Record<Word, number>>,
  value: unknown,
  name: string,
  refuse: Refuse,
): Word | undefined {
  const code = integerIn(value, [0, Number.MAX_SAFE_INTEGER], () => refuse(`${name} ${String(value)}`))
  return (Object.keys(registry) as Word[]).find((word) => registry[word] === code)
}

/** Counts how deep the items nest, so that decoding never recurses deeper. */
class ShallowTokenizer extends Tokenizer {
  /** Items still to come of each list and map that is open. */
  readonly #open: number[] = []

  override next(): ReturnType<Tokenizer['next']> {
    const token = super.next()
    while (this.#open.at(-1) === 0) this.#open.pop()
    const last = this.#open.length - 1
    if (last >= 0) this.#open[last] = (this.#open[last] ?? 0) - 1
    const { name } = token.type
    if (name === 'array') this.#open.push(token.value as number)
    if (name === 'map') this.#open.push(2 * (token.value as number))
    if (this.#open.length > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH}`)
    return token
  }
}
