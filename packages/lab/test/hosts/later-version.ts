import type { ByteStream } from '@p2pd/netif'
import type { Secure, Signal } from '@p2pd/node'
import { decode, encode } from 'cborg'

type WireMap = Map<unknown, unknown>

/** Keys of docs/protocol.md. */
const MessageKey = { version: 0, type: 1, candidates: 3, strategies: 4, punch: 7 } as const
const RecordKey = { candidates: 1, sides: 2 } as const
const PUNCH_SIDES = 3
/** Type and length of a frame. */
const HEADER_LENGTH = 3

/** A list that may hold so many entries, of which some are left for those of a later version. */
const MAX_CANDIDATES = 32
const MAX_SIDES = 8

/** Two candidates of unknown kinds in other forms, and one of an unknown transport. */
const CANDIDATES = [
  new Map<number, unknown>([
    [1, 50],
    [2, 0],
    [5, 'another form'],
  ]),
  new Map([[1, 99]]),
  new Map<number, unknown>([
    [1, 0],
    [2, 7],
    [3, [192, 0, 2, 1]],
  ]),
]
/** A side of an unknown protocol. */
const SIDE = new Map<number, unknown>([
  [1, 2],
  [2, 'another form'],
])
const MESSAGE_OF_UNKNOWN_TYPE = encode(
  new Map<number, unknown>([
    [MessageKey.version, 1],
    [MessageKey.type, 9],
    [2, 'another form'],
  ]),
)
const FRAME_OF_UNKNOWN_TYPE = Uint8Array.of(0x66, 0, 4, 1, 2, 3, 4)

/** Signalling whose messages and records have everything that a later version may add. */
export function laterSignal(signal: Signal): Signal {
  return {
    ready: () => signal.ready(),
    send: async (to, body, options) => {
      await Promise.all([
        signal.send(to, MESSAGE_OF_UNKNOWN_TYPE, options),
        signal.send(to, grow(body, growMessage), options),
      ])
    },
    onMessage: (listener) => signal.onMessage(listener),
    records: {
      publish: (body) => signal.records.publish(grow(body, growRecord)),
      fetch: (owner, abort) => signal.records.fetch(owner, abort),
    },
    close: () => signal.close(),
  }
}

/** Streams whose first frame, a nomination or a reply, comes after an unknown one and has more in it. */
export function laterSecure(secure: Secure): Secure {
  return async (stream, options) => {
    const secured = await secure(stream, options)
    const later = secured.stream as { write: (bytes: Uint8Array) => boolean } & Omit<ByteStream, 'write'>
    const write = later.write.bind(later)
    later.write = (frame) => {
      later.write = write
      const body = grow(frame.subarray(HEADER_LENGTH), (map) => map.set(6, ['a later feature']))
      const header = Uint8Array.of(frame[0] ?? 0, body.length >> 8, body.length & 0xff)
      return write(Buffer.concat([FRAME_OF_UNKNOWN_TYPE, header, body]))
    }
    return secured
  }
}

function growMessage(map: WireMap): void {
  addInFront(map, MessageKey.candidates, CANDIDATES, MAX_CANDIDATES)
  if (map.has(MessageKey.strategies)) addInFront(map, MessageKey.strategies, ['teleport'], MAX_CANDIDATES)
  const punch = map.get(MessageKey.punch)
  // Behind the others: the places of sides are what both ends refer to.
  if (punch instanceof Map) punch.set(PUNCH_SIDES, [...listIn(punch, PUNCH_SIDES), SIDE].slice(0, MAX_SIDES))
}

function growRecord(map: WireMap): void {
  addInFront(map, RecordKey.candidates, CANDIDATES, MAX_CANDIDATES)
  addInFront(map, RecordKey.sides, [SIDE], MAX_SIDES)
}

function addInFront(map: WireMap, key: number, entries: readonly unknown[], most: number): void {
  map.set(key, [...entries, ...listIn(map, key)].slice(0, most))
}

function listIn(map: WireMap, key: number): readonly unknown[] {
  return map.get(key) as unknown[]
}

/** Changes an encoded map, and puts unknown keys into it and into every map inside. */
function grow(bytes: Uint8Array, change: (map: WireMap) => void): Uint8Array {
  const map = decode(bytes, { useMaps: true }) as WireMap
  change(map)
  addKeys(map)
  return encode(map)
}

function addKeys(value: unknown): void {
  if (Array.isArray(value)) for (const entry of value) addKeys(entry)
  if (!(value instanceof Map)) return
  for (const inner of value.values()) addKeys(inner)
  value
    .set(100, 'later')
    .set(101, new Map([['a map', [null, true, 1.5]]]))
    .set('later', 2n ** 63n)
}
