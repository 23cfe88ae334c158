import { decode, encode } from 'cborg'

/** A decoded map, to be changed. */
export type Grown = Map<unknown, unknown>

/** Values of every type that a later version may put under a key which this one does not know. */
const LATER_VALUES: readonly unknown[] = [
  7,
  -7,
  2 ** 53 - 1,
  2n ** 63n,
  1.5,
  true,
  null,
  'later',
  new Uint8Array([1, 2, 3]),
  [1, ['two', null], new Map([[1, 'one']])],
  new Map<unknown, unknown>([
    [0, 9],
    ['text', [new Map()]],
  ]),
]

/** Decodes a map, changes it, and encodes it again. */
export function grow(bytes: Uint8Array, change: (map: Grown) => void): Uint8Array {
  const map = decode(bytes, { useMaps: true }) as Grown
  change(map)
  return encode(map)
}

/** Puts keys of a later version into a map and into every map inside it. */
export function addLaterKeys(value: unknown): void {
  if (Array.isArray(value)) for (const entry of value) addLaterKeys(entry)
  if (!(value instanceof Map)) return
  for (const inner of value.values()) addLaterKeys(inner)
  for (const [index, later] of LATER_VALUES.entries()) value.set(200 + index, later)
  value.set('later', 'a key that is a text')
  value.set(-1, 'a key that is negative')
}
