import { expect, test } from '@jest/globals'
import { joinBytes } from '@p2pd/netif'
import { ManualClock } from '@p2pd/netif/testing'
import { duplexPair, type Duplex } from 'node:stream'
import { addLaterKeys, grow } from '../testdata/grown.ts'
import { encodeFrame, FRAME_HEADER_LENGTH, FrameType, MAX_FRAME_BODY } from './frame.ts'
import { acceptNomination, nominate, readNomination, refuseNomination } from './nomination.ts'
import { encodeNomination, encodeReply } from './nomination-frame.ts'
import { encodePreamble, readOpening } from './preamble.ts'

const connectionId = new Uint8Array(16).fill(9)
const terms = {
  sessionId: new Uint8Array(16).fill(3),
  receivedOffset: 2 ** 40,
  proof: new Uint8Array(32).fill(4),
  features: ['sessions', 'a feature of a later version'],
}
const never = new AbortController().signal
const later = (length = 5) => encodeFrame({ type: 0x55, body: new Uint8Array(length) })

/** The same frame with keys of a later version in its map. */
function grown(frame: Uint8Array): Uint8Array {
  const body = grow(frame.subarray(FRAME_HEADER_LENGTH), addLaterKeys)
  return encodeFrame({ type: frame[0] ?? 0, body })
}

/** Two ends of a stream; their errors are for the promises to tell. */
function connected(): readonly [Duplex, Duplex] {
  const [near, far] = duplexPair()
  near.on('error', () => {})
  far.on('error', () => {})
  return [near, far]
}

/** Everything that an application reads from now on, as text. */
function heard(stream: Duplex): { text: string } {
  const all = { text: '' }
  stream.on('data', (bytes: Uint8Array) => {
    all.text += String(Buffer.from(bytes))
  })
  return all
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('G7: a nomination is read past unknown keys and frames, and the application’s bytes stay', async () => {
  const [near, far] = connected()
  const nomination = { connectionId, service: 'files', ...terms }
  near.write(joinBytes(later(), later(0), later(MAX_FRAME_BODY), grown(encodeNomination(nomination))))
  near.write('hello')
  expect(await readNomination(far, never)).toEqual(nomination)
  expect(String(far.read())).toBe('hello')
})

test.each([
  ['more than 16 unknown frames', joinBytes(...Array.from({ length: 17 }, () => later()))],
  ['a frame that is too long', Uint8Array.of(0x55, 0xff, 0xff)],
  ['a nomination of another version', encodeFrame({ type: 1, body: Uint8Array.of(0xa1, 0, 2) })],
  ['16 bare bytes', new Uint8Array(16).fill(9)],
])('%s are refused, and the stream is closed', async (_, bytes) => {
  const [near, far] = connected()
  near.write(bytes)
  if (bytes.length === 16) near.end()
  await expect(readNomination(far, never)).rejects.toMatchObject({ code: /^NODE_(BAD_MESSAGE|CLOSED)$/ })
  expect(far.destroyed).toBe(true)
})

test.each([
  ['in one piece', 10_000],
  ['byte by byte', 1],
])(
  'G7: the reply is taken off before an application reads, %s, past unknown keys and frames',
  async (_, size) => {
    const [near, far] = connected()
    const replied = nominate(near, { connectionId })
    const words = heard(near)
    near.write('at once')
    const reply = { code: 0, ...terms }
    const bytes = joinBytes(later(), grown(encodeReply(reply)), later(2), new TextEncoder().encode('hello'))
    for (let at = 0; at < bytes.length; at += size) {
      far.write(bytes.subarray(at, at + size))
      await settled()
    }
    expect(await replied).toEqual(reply)
    // The bytes after the reply belong to the application, whatever they look like.
    expect(words.text).toBe(`${String(Buffer.from(later(2)))}hello`)
    expect((await readNomination(far, never)).connectionId).toEqual(connectionId)
    expect(String(far.read())).toBe('at once')
  },
)

test('a reader that comes after the reply sees what followed it', async () => {
  const [near, far] = connected()
  const replied = nominate(near, { connectionId })
  acceptNomination(far)
  far.end('hello')
  await replied
  expect(Buffer.concat((await near.toArray()) as Buffer[]).toString()).toBe('hello')
})

test('a callee that does not have the service says so, and ends the stream', async () => {
  const clock = new ManualClock()
  const [near, far] = connected()
  const replied = nominate(near, { connectionId, service: 'files' })
  await readNomination(far, never)
  refuseNomination(far, clock)
  await expect(replied).rejects.toMatchObject({
    code: 'NODE_SERVICE',
    message: 'the peer does not offer "files" to this node: ask the peer what it offers, and whom it allows',
  })
  expect(near.destroyed).toBe(true)
  await clock.advance(1000)
  expect(far.destroyed).toBe(true)
  expect(clock.pending).toBe(0)
})

test('G7: a reply with a code that is not known is a refusal', async () => {
  const [near, far] = connected()
  const replied = nominate(near, { connectionId })
  far.write(encodeReply({ code: 77 }))
  await expect(replied).rejects.toMatchObject({
    code: 'NODE_SERVICE',
    message: expect.stringContaining('77'),
  })
})

test.each<[string, (far: Duplex) => void, string]>([
  ['an end', (far) => void far.end(), 'NODE_CLOSED'],
  ['a frame that is too long', (far) => void far.write(Uint8Array.of(2, 255, 255)), 'NODE_BAD_MESSAGE'],
  ['a reply that is none', (far) => void far.write(Uint8Array.of(2, 0, 1, 0)), 'NODE_BAD_MESSAGE'],
])('%s in place of a reply ends the stream', async (_, act, code) => {
  const [near, far] = connected()
  const replied = nominate(near, { connectionId })
  act(far)
  await expect(replied).rejects.toMatchObject({ code })
})

test('a name of a service that is too long is refused before anything is sent', () => {
  const [near, far] = connected()
  expect(() => encodeNomination({ connectionId, service: 'é'.repeat(128) })).toThrow('at most 255 bytes')
  expect([near.writableLength, far.readableLength]).toEqual([0, 0])
})

test('G7: a preamble with more in it than is known leads to its call', async () => {
  const [near, far] = connected()
  const preamble = encodePreamble(connectionId, new Uint8Array(16).fill(7))
  const body = joinBytes(preamble.subarray(FRAME_HEADER_LENGTH), Uint8Array.of(1, 2, 3))
  near.write(encodeFrame({ type: FrameType.DialledBack, body }))
  near.write('next')
  expect(await readOpening(far, never)).toEqual({ type: 'dialled-back', connectionId })
  expect(String(far.read())).toBe('next')
})
