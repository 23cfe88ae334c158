import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { Session, systemHmac } from '@p2pd/session/node'
import {
  acceptNomination,
  nominate,
  type Nomination,
  readNomination,
  type SessionTerms,
} from '../handshake/nomination.ts'
import type { OpenSession } from '../runtime/session.ts'
import { nominated, pathPair } from '../testdata/path-pair.ts'
import type { NominatedPath, Path } from './path.ts'
import { PeerSession } from './peer-session.ts'
import { Sessions } from './sessions.ts'

const sessionId = new Uint8Array(16).fill(5)
const connectionId = new Uint8Array(16)
const beginning = { elapsedMs: 0, report: [], startedAt: 0, again: { candidates: [] } }
const never = new AbortController().signal

/** Nominates a path in memory; the callee's end, the caller's, and the reply. */
async function nominatePath(
  terms: Omit<Nomination, 'connectionId'>,
  [near, far]: readonly [Path, Path] = pathPair(),
) {
  const replied = nominate(near.stream, { connectionId, ...terms })
  replied.catch(() => {})
  const nomination = await readNomination(far.stream, never)
  return { near: { ...nominated(near, terms), replied }, far: { ...far, nomination }, replied }
}

/** A session between Alice, the caller, and Bob's node. */
async function session() {
  const clock = new ManualClock()
  const openSession: OpenSession = (options) => new Session({ clock, ...options })
  const runtime = { clock, hmac: systemHmac, openSession }
  const { near, far } = await nominatePath({ sessionId })
  acceptNomination(far.stream, { sessionId })
  const bob = new Sessions({
    runtime,
    settings: {},
    onPathEvent: () => {},
    resume: () => {},
    improve: () => {},
  })
  const pipe = bob.begin(far, beginning)
  const alice = new PeerSession(near, runtime, { startedAt: 0 })
  const hear = async () => {
    const message = pipe.recv({ timeoutMs: 1000 })
    await clock.advance(0)
    return new TextDecoder().decode((await message).data)
  }
  const end = async () => {
    const closed = bob.close()
    await clock.advance(1000)
    await closed
  }
  return { clock, alice, bob, pipe, near, far, hear, end }
}

test('a path joins its session by a proof, and what was sent goes on by it', async () => {
  const { clock, alice, bob, pipe, near, hear, end } = await session()
  alice.session.pipe.write('one')
  expect(await hear()).toBe('one')
  near.stream.destroy()
  await clock.advance(0)
  alice.session.pipe.write('two')

  const second = pathPair()
  const { near: again, far, replied } = await nominatePath(alice.termsFor(second[0]), second)
  expect(bob.join(far)).toBe(true)
  const reply = await replied
  expect(alice.isProved(again, reply)).toBe(true)
  alice.join(again, reply.receivedOffset)
  expect(await hear()).toBe('two')
  expect([alice.path.local, pipe.connection.remote]).toEqual([again.local, again.local])
  await end()
})

test('a session without a path ends with its node at once, and says why', async () => {
  const { clock, bob, pipe, far } = await session()
  far.stream.destroy()
  await clock.advance(0)
  const fault = new Promise<Error | undefined>((resolve) => pipe.onClose(resolve))
  await bob.close()
  const ended = expect.stringContaining('this side ended the session') as unknown
  expect([await fault, clock.now()]).toEqual([expect.objectContaining({ message: ended }), 0])
})

test.each<[string, (terms: SessionTerms) => SessionTerms, Partial<Path>]>([
  ['a known session', (terms) => ({ ...terms, sessionId: new Uint8Array(16) }), {}],
  ['a proof', ({ sessionId: id }) => ({ sessionId: id, receivedOffset: 0 }), {}],
  ['its own offset', (terms) => ({ ...terms, receivedOffset: 1 }), {}],
  ['its own proof', (terms) => ({ ...terms, proof: terms.proof?.with(0, 0) }), {}],
  ['the peer as it was', (terms) => terms, { peer: new Uint8Array(32).fill(3) }],
  ['encryption', (terms) => terms, { encrypted: false }],
])('a path without %s does not join, and changes nothing', async (_, alter, otherwise) => {
  const { alice, bob, hear, end } = await session()
  const [near, far] = pathPair()
  const terms = alter(alice.termsFor(near))
  const ends = await nominatePath(terms, [near, { ...far, ...otherwise }])
  expect(bob.join(ends.far)).toBe(false)
  alice.session.pipe.write('still there')
  expect(await hear()).toBe('still there')
  await end()
})

test('a nomination that is recorded and sent again on another path does not join', async () => {
  const { alice, bob, end } = await session()
  const second = pathPair()
  const terms = alice.termsFor(second[0])
  expect(bob.join((await nominatePath(terms, second)).far)).toBe(true)
  expect(bob.join((await nominatePath(terms)).far)).toBe(false)
  await end()
})

test('a callee that refuses ends the pipe with the reason', async () => {
  const { bob, end } = await session()
  const { near } = await nominatePath({ sessionId: new Uint8Array(16).fill(6), service: 'files' })
  const pipe = bob.begin(
    { ...near, replied: Promise.reject(new Error('not offered')) } as NominatedPath,
    beginning,
  )
  const fault = new Promise<Error | undefined>((resolve) => pipe.onClose(resolve))
  expect((await fault)?.cause).toMatchObject({ message: 'not offered' })
  expect(pipe.service).toBe('files')
  await end()
})

test('a path whose peer never replies to the nomination is given up after 3 s', async () => {
  const { clock, alice, bob, end } = await session()
  const [near, far] = pathPair()
  const { near: path } = await nominatePath(alice.termsFor(near), [near, far])
  const joined = bob.rejoin(alice, path)
  const refused = expect(joined).rejects.toMatchObject({ code: 'NODE_TIMEOUT' })
  await clock.advance(3000)
  await refused
  expect(near.stream.destroyed).toBe(true)
  await end()
})
