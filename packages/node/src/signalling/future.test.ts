import { describe, expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { prioritized, withPriority } from '../candidates/candidate.ts'
import { decodeBase32, encodeBase32 } from '../identity/base32.ts'
import { createIdentity, verifyEd25519 } from '../nodejs/identity.ts'
import { addLaterKeys, grow, type Grown } from '../testdata/grown.ts'
import { MemorySignal } from '../testdata/memory-signal.ts'
import { sideDescription } from '../testdata/side-description.ts'
import { formatAddress, parseAddress } from './address.ts'
import { Exchange } from './exchange.ts'
import { decodeMessage, encodeMessage } from './message.ts'
import { decodeRecord, encodeRecord } from './record.ts'

const identity = createIdentity()
const connectionId = new Uint8Array(16).fill(9)
const candidates = prioritized([
  { kind: 'host', ip: '192.0.2.1', port: 4000 },
  { kind: 'server-reflexive', transport: 'udp', ip: '2001:db8::1', port: 4001 },
])
const punch = { token: new Uint8Array(16).fill(7), failedAttempts: 1, sides: [sideDescription, undefined] }
const common = { connectionId, candidates, punch }
const turnServers = ['192.0.2.9', '2001:db8::9']
const strategies = ['direct', 'tcp-punch'] as const
const offer = { ...common, type: 'offer', strategies, times: [1], standsAlone: true } as const
const answer = { ...common, type: 'answer', strategies: [], times: [1, 2], turnServers } as const
const record = { candidates, sides: [sideDescription], turnServers }
const issuedAt = 1_700_000_000

/** An address whose body was changed before it was signed. */
function grownAddress(change: (map: Grown) => void): string {
  const signature = 64
  const dot = formatAddress(identity, { issuedAt, candidates }).indexOf('.')
  const old = decodeBase32(formatAddress(identity, { issuedAt, candidates }).slice(dot + 1)) as Uint8Array
  const body = grow(old.subarray(0, -signature), change)
  const context = new TextEncoder().encode('p2pd address\0')
  const signed = identity.sign(Buffer.concat([context, identity.publicKey, body]))
  return `${identity.id}.${encodeBase32(Buffer.concat([body, signed]))}`
}

/** Each kind of message, as its candidates' key and what comes of it after a change. */
const kinds = {
  offer: [3, (change: (map: Grown) => void) => decodeMessage(grow(encodeMessage(offer), change)), offer],
  answer: [3, (change: (map: Grown) => void) => decodeMessage(grow(encodeMessage(answer), change)), answer],
  record: [1, (change: (map: Grown) => void) => decodeRecord(grow(encodeRecord(record), change)), record],
  address: [
    2,
    (change: (map: Grown) => void) => parseAddress(grownAddress(change), verifyEd25519),
    { publicKey: identity.publicKey, issuedAt, candidates },
  ],
} as const

const later = (kind: unknown, transport: unknown = 1) =>
  new Map<number, unknown>([
    [1, kind],
    [2, transport],
    [3, { of: 'another form' }],
  ])

describe.each(Object.entries(kinds))('G7: an %s of a later version', (_, [key, grown, expected]) => {
  test('keys that are not known are skipped in every map', () => {
    expect(grown(addLaterKeys)).toEqual(expected)
  })

  test('candidates of kinds and transports that are not known are left out, the others keep their places', () => {
    const change = (map: Grown) => {
      const [first, second] = map.get(key) as unknown[]
      map.set(key, [later(50), first, later(60), later(0, 7), second, later(2 ** 40)])
    }
    const [first, second] = candidates
    const expectedPlaces = [first && withPriority(first, 1), second && withPriority(second, 4)]
    expect(grown(change)).toEqual({ ...expected, candidates: expectedPlaces })
  })

  test('the length of the list counts before candidates are left out', () => {
    expect(() => grown((map) => map.set(key, Array(33).fill(later(50))))).toThrow(
      '33 candidates are more than 32',
    )
  })

  test('a known key with a value of the wrong type is refused, and named', () => {
    expect(() => grown((map) => map.set(key, [later('relayed')]))).toThrow('kind of candidate relayed')
    expect(() => grown((map) => map.set(key, [later(-1)]))).toThrow('kind of candidate -1')
    expect(() => grown((map) => map.set(key, [later(0)]))).toThrow('is not an IP address')
    expect(() => grown((map) => map.set(key, 'none'))).toThrow('the candidates are not a list')
  })

  test('what changes the meaning of the rest is of another version, and refused', () => {
    expect(() => grown((map) => map.set(0, 2))).toThrow('it is of version 2')
  })

  test('a value under an unknown key may nest as deep as any known one, and not without end', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 0 : [nested(depth - 1)])
    expect(grown((map) => map.set(99, nested(15)))).toEqual(expected)
    expect(() => grown((map) => map.set(99, nested(16)))).toThrow('it is not a CBOR map')
  })
})

test('G7: strategies that are not known are left out, each other counts once', () => {
  const names = ['teleport', 'tcp-punch', 'direct', 'quic-punch', 'direct']
  const grown = grow(encodeMessage(offer), (map) => map.set(4, names))
  expect(decodeMessage(grown)?.strategies).toEqual(['tcp-punch', 'direct'])
})

/** A side in which one word is of a later version. */
function laterSide(change: (side: Grown, nat: Grown) => void): Grown {
  const bytes = encodeRecord({ candidates, sides: [sideDescription] })
  let side: Grown = new Map()
  grow(bytes, (map) => {
    side = (map.get(2) as Grown[])[0] ?? side
  })
  change(side, side.get(3) as Grown)
  return side
}

test.each<[string, (side: Grown, nat: Grown) => void]>([
  ['protocol', (side) => side.set(1, 2).set(2, 'another form')],
  ['protocol, and nothing else that is known', (side) => (side.clear(), side.set(1, 3).set(2, 0))],
  ['family', (side) => side.set(2, 2).set(3, 'another form')],
  ['NAT type', (_, nat) => nat.set(1, 7).set(2, 'another form')],
  ['mapping', (_, nat) => nat.set(2, 4)],
  ['filtering', (_, nat) => nat.set(3, 4)],
  ['delta', (_, nat) => nat.set(4, 6)],
])('G7: a side with a %s that is not known is left out, and the others keep their places', (_, change) => {
  const put = (key: number) => (map: Grown) => {
    const punched = map.get(key) as Grown
    const [first] = punched.get(3) as unknown[]
    punched.set(3, [laterSide(change), first, laterSide(change), null, first])
  }
  const sides = [undefined, sideDescription, undefined, undefined, sideDescription]
  expect(decodeMessage(grow(encodeMessage(offer), put(7)))?.punch?.sides).toEqual(sides)
  expect(decodeMessage(grow(encodeMessage(answer), put(7)))?.punch?.sides).toEqual(sides)
  const wrap = (map: Grown) => map.set(2, [laterSide(change), ...(map.get(2) as unknown[])])
  expect(decodeRecord(grow(encodeRecord(record), wrap))).toEqual(record)
})

test('G7: a message of a type that is not known is ignored, and the exchange goes on', async () => {
  const events: string[] = []
  const bob = new Uint8Array(32).fill(2)
  const [near, far] = [new MemorySignal(new Uint8Array(32).fill(1)), new MemorySignal(bob)]
  const exchangeOf = (signal: MemorySignal) => {
    const clock = new ManualClock()
    const answerer = { answer: () => Promise.resolve({ candidates, sides: [] }) }
    const log = (event: string) => events.push(event)
    return new Exchange({ signal, clock, wallClock: () => 0, answerer, log })
  }
  const caller = exchangeOf(near)
  exchangeOf(far)
  const laterType = (map: Grown) => (map.clear(), map.set(0, 1).set(1, 99).set(8, 'another form'))
  await near.send(bob, grow(encodeMessage(offer), laterType))
  expect(events).toEqual(['signal-ignored'])
  const plain = { connectionId, candidates, strategies: [] }
  expect(await caller.offer(bob, plain, new AbortController().signal)).toMatchObject({ candidates })
})
