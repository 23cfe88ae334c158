import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { joinBytes } from '@p2pd/netif'
import { PassThrough } from 'node:stream'
import { formatAddress, parseAddress } from './signalling/address.ts'
import { prioritized } from './candidates/candidate.ts'
import { nominate, readNomination } from './handshake/nomination.ts'
import { encodeNomination, encodeReply } from './handshake/nomination-frame.ts'
import { decodeMessage, encodeMessage } from './signalling/message.ts'
import { createIdentity, verifyEd25519 } from './nodejs/identity.ts'
import { NodeError } from './node-error.ts'
import { parseNodeId } from './identity/node-id.ts'
import { encodePreamble, readOpening } from './handshake/preamble.ts'
import { decodeRecord, encodeRecord } from './signalling/record.ts'
import { parseServers } from './runtime/servers.ts'
import { parseTarget } from './naming/target.ts'
import { sideDescription } from './testdata/side-description.ts'

// Most of the time would go into stack traces that nobody reads.
const { stackTraceLimit } = Error
beforeAll(() => {
  Error.stackTraceLimit = 0
})
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit
})

/** Mutations of each kind; `P2PD_FUZZ` asks for others. */
const RUNS = Number(process.env['P2PD_FUZZ'] ?? 40_000)
/** Streams take five times as long as their bytes alone. */
const STREAMS = RUNS / 4
/** Far above what one takes: a test machine may be busy. */
const BOUND_MS = 100
/** Bytes that mean something to CBOR decoders: lengths of all sizes, nested lists, indefinite ones. RFC 8949 §3. */
const NASTY = [0x00, 0x1b, 0x5b, 0x7b, 0x81, 0x9b, 0x9f, 0xbb, 0xbf, 0xdb, 0xf9, 0xfb, 0xff]

const identity = createIdentity()
const connectionId = new Uint8Array(16).map((_, i) => i)
const candidates = prioritized([
  { kind: 'host', ip: '192.168.1.5', port: 4000 },
  { kind: 'server-reflexive', ip: '2001:db8::1', port: 65_535 },
])
const strategies = ['direct', 'reverse'] as const
const bytesOf = (text: string) => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes)

/** Bytes that repeat themselves from run to run: xorshift32, Marsaglia 2003. */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** Alters a sample one to four times: bits, whole bytes, cuts, insertions, repetitions. */
function mutate(sample: Uint8Array, roll: (below: number) => number): Uint8Array {
  let bytes = Uint8Array.from(sample)
  for (let times = 1 + roll(4); times > 0; times--) {
    const at = roll(bytes.length + 1)
    const byte = roll(2) === 0 ? roll(256) : (NASTY[roll(NASTY.length)] ?? 0)
    const change = roll(6)
    const replaceBy = (...part: Uint8Array[]) => joinBytes(bytes.subarray(0, at), ...part)
    if (change < 2) bytes[at] = (bytes[at] ?? 0) ^ (1 << roll(8))
    else if (change === 2) bytes[at] = byte
    else if (change === 3) bytes = bytes.slice(0, at)
    else if (change === 4) bytes = replaceBy(Uint8Array.of(byte, byte), bytes.subarray(at + roll(4)))
    else bytes = replaceBy(bytes.subarray(roll(at + 1), at), bytes.subarray(at))
  }
  return bytes.subarray(0, 4096)
}

/** Milliseconds of a parser for bytes that it may refuse. Any error but the package's own fails the test. */
function timed(parse: () => unknown): number {
  const startedAt = performance.now()
  try {
    parse()
  } catch (error) {
    if (!(error instanceof NodeError)) throw error
  }
  return performance.now() - startedAt
}

/** Runs a parser on so many mutations; returns the longest time one took, in milliseconds. */
function fuzz(samples: readonly Uint8Array[], parse: (bytes: Uint8Array) => unknown): number {
  const roll = dice(41)
  let longest = 0
  for (let run = 0; run < RUNS; run++) {
    const bytes = mutate(samples[run % samples.length] ?? new Uint8Array(), roll)
    // The machine does not stall at three tries in a row.
    const tries = [timed(() => parse(bytes))]
    while (Math.min(...tries) > BOUND_MS && tries.length < 3) tries.push(timed(() => parse(bytes)))
    longest = Math.max(longest, Math.min(...tries))
  }
  return longest
}

const common = { connectionId, candidates }
const punch = { token: new Uint8Array(16).fill(7), failedAttempts: 1, sides: [sideDescription, undefined] }
const messages = [
  { ...common, type: 'offer', strategies, times: [1_700_000_000_000] },
  { ...common, type: 'answer', strategies: [], times: [1_700_000_000_050, 1_700_000_000_051] },
  { ...common, type: 'offer', strategies: ['tcp-punch'], times: [1_700_000_000_000], punch },
] as const
const record = { candidates, sides: [sideDescription] }
const address = formatAddress(identity, { issuedAt: 1_700_000_000, candidates })

const parsers: Readonly<Record<string, readonly [readonly Uint8Array[], (bytes: Uint8Array) => unknown]>> = {
  'mutated messages': [messages.map(encodeMessage), decodeMessage],
  'mutated records': [[encodeRecord(record)], decodeRecord],
  // The signature is taken for granted, so that what is behind it is fuzzed, too.
  'F2: mutated addresses': [[bytesOf(address)], (bytes) => parseAddress(textOf(bytes), () => true)],
  'F2: mutated node ids': [[bytesOf(identity.id)], (bytes) => parseNodeId(textOf(bytes))],
  'mutated targets': [
    [bytesOf(address), bytesOf(identity.id), bytesOf('example.org'), bytesOf('self')],
    (bytes) => parseTarget(textOf(bytes), () => true),
  ],
  'mutated servers files': [
    [
      bytesOf(
        '{"stun":["stun:192.0.2.1:3478?transport=tcp"],"turn":[{"uri":"turn:[2001:db8::1]:3478","username":"u","credential":"p"}],"mqtt":["mqtts://u:p@192.0.2.1:8883"]}',
      ),
    ],
    (bytes) => parseServers(textOf(bytes), 'servers.json'),
  ],
}

test.each(Object.entries(parsers))(
  "%s are values or this package's error, each in bounded time",
  (_, [samples, parse]) => {
    for (const sample of samples) parse(sample)
    expect(fuzz(samples, parse)).toBeLessThan(BOUND_MS)
  },
  120_000,
)

test('F2: 3,000 altered addresses are refused by their signature', () => {
  const roll = dice(43)
  for (let run = 0; run < 3000; run++) {
    const text = textOf(mutate(bytesOf(address), roll))
    if (text.toLowerCase() === address) continue
    expect(() => parseAddress(text, verifyEd25519)).toThrow(NodeError)
  }
})

type Reader = (stream: PassThrough, signal: AbortSignal) => Promise<unknown>

const readReply: Reader = (stream) => {
  stream.on('error', () => {}) // The promise rejects with it.
  return nominate(stream, { connectionId })
}

/** The result of a reader for a stream that has these bytes and ends. */
async function read(bytes: Uint8Array, reader: Reader): Promise<unknown> {
  const stream = new PassThrough()
  const reading = reader(stream, new AbortController().signal).catch((error: unknown) => {
    if (!(error instanceof NodeError)) throw error
  })
  stream.end(bytes)
  const value = await reading
  stream.destroy()
  return value
}

test.each([
  [
    'nominations',
    readNomination,
    encodeNomination({ connectionId, service: 'files', features: ['sessions'] }),
  ],
  ['replies', readReply, encodeReply({ code: 0, receivedOffset: 7, features: ['sessions'] })],
  ['preambles', readOpening, encodePreamble(connectionId, new Uint8Array(16))],
])(
  "streams with mutated %s give a value or this package's error",
  async (_, reader, sample) => {
    const roll = dice(47)
    expect(await read(sample, reader)).toBeDefined()
    // A hundred at a time, as a listener has them.
    for (let run = 0; run < STREAMS / 100; run++) {
      const bytes = Array.from({ length: 100 }, () => mutate(sample, roll))
      await Promise.all(bytes.map((one) => read(one, reader)))
    }
  },
  120_000,
)
