import { expect, test } from '@jest/globals'
import type { SignalIdentity } from '../envelope/crypto.ts'
import { joinBytes } from '@p2pd/netif'
import { sealEnvelope, searchWork } from '../envelope/envelope.ts'
import { CLOCK_TOLERANCE_MS, Mailbox, MAX_LIFETIME_MS, type Moment, type Received } from './mailbox.ts'
import { MessageKind } from '../envelope/message.ts'
import { identityFromSeed, nodeCrypto } from '../nodejs/node-crypto.ts'
import { alice, bob, bytesOf, carol, seededRandom, textOf } from '../testdata/peers.ts'

const WALL = 1_700_000_000_000
const random = seededRandom(7)
const HOUR = 3_600_000
const mailboxOf = (identity: SignalIdentity) => new Mailbox({ crypto: nodeCrypto, identity, random }, 0)
const at = (now: number, wallOffset = 0): Moment => ({ now, wall: WALL + now + wallOffset })
const hello = bytesOf('hello')

function reasonOf(received: Received): string {
  return received.type === 'dropped' ? received.reason : received.type
}

function envelopeOf(received: Received): Uint8Array {
  if (received.type !== 'send') throw new Error(`not to be sent: ${reasonOf(received)}`)
  return received.envelope
}

function textIn(received: Received): string {
  return received.type === 'message' ? textOf(received.body) : reasonOf(received)
}

test('A16: opens a message once: copies and replays change nothing', () => {
  const to = mailboxOf(bob)
  const envelope = mailboxOf(alice).seal(bob.publicKey, hello, 60_000, at(0))
  expect(to.receive(envelope, at(50))).toEqual({ type: 'message', from: alice.publicKey, body: hello })
  for (const time of [50, 1000, 60_000, 200_000])
    expect(reasonOf(to.receive(envelope, at(time)))).toBe('copy')
})

test('A16: a replay in another seal is a replay too, for as long as it would pass as fresh', () => {
  const to = mailboxOf(bob)
  const sentAt = WALL + CLOCK_TOLERANCE_MS
  const { publicKey: from } = alice
  const times = { clock: sentAt, sentAt, expiresAt: sentAt + MAX_LIFETIME_MS }
  const message = { from, kind: MessageKind.Body, id: random(16), body: hello, ...times }
  const again = () => sealEnvelope(nodeCrypto, alice, bob.publicKey, message, random(32))
  expect(textIn(to.receive(again(), at(0)))).toBe('hello')
  const last = 2 * CLOCK_TOLERANCE_MS + MAX_LIFETIME_MS
  for (const now of [1, 60_000, last - 1]) expect(reasonOf(to.receive(again(), at(now)))).toBe('replayed')
  expect(reasonOf(to.receive(again(), at(last + 1)))).toBe('send')
})

test('A16: an expired message does nothing; its sender gets the time and ignores it', () => {
  const from = mailboxOf(alice)
  const to = mailboxOf(bob)
  const late = 60_000 + CLOCK_TOLERANCE_MS + 1
  const envelope = from.seal(bob.publicKey, hello, 60_000, at(0))
  from.seal(bob.publicKey, bytesOf('a later one'), 60_000, at(100))
  const notice = envelopeOf(to.receive(envelope, at(late)))
  expect(reasonOf(from.receive(notice, at(late)))).toBe('unexpected')
  expect(reasonOf(to.receive(envelope, at(late)))).toBe('copy')
})

test('notices to expired messages are few', () => {
  const to = mailboxOf(bob)
  const reasons = new Map<string, number>()
  for (let i = 0; i < 200; i++) {
    const from = mailboxOf(identityFromSeed(new Uint8Array(32).fill(100 + (i % 100))))
    const reason = reasonOf(to.receive(from.seal(bob.publicKey, hello, 1000, at(0)), at(HOUR)))
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  expect([...reasons]).toEqual([
    ['send', 20],
    ['expired', 180],
  ])
})

for (const [name, offset] of [
  ['an hour ahead', HOUR],
  ['eleven hours behind', -11 * HOUR],
  ['at 1970', -WALL],
] as const) {
  test(`a caller whose clock is ${name} is received after one notice, and answered at once`, () => {
    const caller = mailboxOf(alice)
    const called = mailboxOf(bob)
    const offer = caller.seal(bob.publicKey, bytesOf('offer'), 60_000, at(0, offset))
    const notice = envelopeOf(called.receive(offer, at(50)))
    const again = envelopeOf(caller.receive(notice, at(100, offset)))
    expect(textIn(called.receive(again, at(150)))).toBe('offer')
    const answer = called.seal(alice.publicKey, bytesOf('answer'), 60_000, at(150))
    expect(textIn(caller.receive(answer, at(200, offset)))).toBe('answer')
    const next = caller.seal(bob.publicKey, bytesOf('next'), 60_000, at(10_000, offset))
    expect(textIn(called.receive(next, at(10_050)))).toBe('next')
    expect(reasonOf(caller.receive(notice, at(300, offset)))).toBe('copy')
  })
}

test('clocks that differ by minutes cost nothing', () => {
  const envelope = mailboxOf(alice).seal(bob.publicKey, hello, 1000, at(0, CLOCK_TOLERANCE_MS))
  expect(textIn(mailboxOf(bob).receive(envelope, at(0)))).toBe('hello')
})

test('a stranger cannot set our clock: a notice counts only when it names what we sent to that peer', () => {
  const from = mailboxOf(alice)
  const carols = mailboxOf(carol)
  from.seal(bob.publicKey, hello, 60_000, at(0))
  const forCarol = from.seal(carol.publicKey, hello, 60_000, at(0))
  const notice = envelopeOf(carols.receive(forCarol, at(HOUR)))
  expect(envelopeOf(from.receive(notice, at(10)))).toBeDefined()
  const toBob = from.seal(bob.publicKey, bytesOf('on time'), 60_000, at(20))
  expect(textIn(mailboxOf(bob).receive(toBob, at(70)))).toBe('on time')
})

test('one sender is held to 20 messages a second, without hindering others', () => {
  const to = mailboxOf(bob)
  const loud = mailboxOf(alice)
  const reasons = Array.from({ length: 100 }, () =>
    reasonOf(to.receive(loud.seal(bob.publicKey, hello, 60_000, at(0)), at(0))),
  )
  expect(reasons.filter((reason) => reason === 'message').length).toBe(40)
  expect(reasons.at(-1)).toBe('sender-too-fast')
  expect(textIn(to.receive(mailboxOf(carol).seal(bob.publicKey, hello, 60_000, at(0)), at(0)))).toBe('hello')
  expect(textIn(to.receive(loud.seal(bob.publicKey, hello, 60_000, at(1000)), at(1000)))).toBe('hello')
})

test('500 envelopes a second are opened for nothing, and as many for work', () => {
  const to = mailboxOf(bob)
  const reasons = Array.from({ length: 600 }, () => reasonOf(to.receive(junkForBob(), at(0))))
  expect(reasons.filter((reason) => reason === 'malformed').length).toBe(500)
  expect(reasons.at(-1)).toBe('flood')
  const message = mailboxOf(alice).seal(bob.publicKey, hello, 60_000, at(0))
  expect(reasonOf(to.receive(message, at(0)))).toBe('flood')
  expect(textIn(to.receive(joinBytes(message, workFor(message)), at(0)))).toBe('hello')
})

test('who works all the same is held to 500 a second, too', () => {
  // One hash is enough here: what is looked at are the zeros of those that are not of the tag.
  const easy = {
    ...nodeCrypto,
    sha256: (data: Uint8Array) => (isWorkInput(data) ? zeros : nodeCrypto.sha256(data)),
  }
  const to = new Mailbox({ crypto: easy, identity: bob, random }, 0)
  const worked = () => reasonOf(to.receive(joinBytes(junkForBob(), new Uint8Array(8)), at(0)))
  const reasons = Array.from({ length: 600 }, worked)
  expect(reasons.filter((reason) => reason === 'malformed').length).toBe(500)
  expect(textIn(to.receive(mailboxOf(alice).seal(bob.publicKey, hello, 60_000, at(0)), at(0)))).toBe('hello')
})

test('work for another message is none', () => {
  const to = mailboxOf(bob)
  const [one, other] = [junkForBob(), mailboxOf(alice).seal(bob.publicKey, hello, 60_000, at(0))]
  expect(reasonOf(to.receive(joinBytes(other, workFor(one)), at(0)))).toBe('malformed')
  expect(textIn(to.receive(other, at(0)))).toBe('hello')
  expect(reasonOf(to.receive(joinBytes(other, workFor(other)), at(0)))).toBe('copy')
})

test('10,000 pieces of junk cost a hash each and are never opened; a message after them is opened', () => {
  let hashes = 0
  let openings = 0
  const crypto = {
    ...nodeCrypto,
    sha256: (data: Uint8Array) => (hashes++, nodeCrypto.sha256(data)),
  }
  const identity: SignalIdentity = {
    publicKey: bob.publicKey,
    sign: (data) => bob.sign(data),
    hpkeOpen: (...all) => (openings++, bob.hpkeOpen(...all)),
  }
  const to = new Mailbox({ crypto, identity, random }, 0)
  const junk = Array.from({ length: 100 }, () => Uint8Array.of(1, ...random(576)))
  const before = hashes
  for (let i = 0; i < 10_000; i++) to.receive(junk[i % 100] ?? hello, at(0))
  expect({ hashes: hashes - before, openings }).toEqual({ hashes: 10_000, openings: 0 })
  expect(textIn(to.receive(mailboxOf(alice).seal(bob.publicKey, hello, 60_000, at(0)), at(0)))).toBe('hello')
  expect(openings).toBe(1)
})

const zeros = new Uint8Array(32)

function isWorkInput(data: Uint8Array): boolean {
  return textOf(data.subarray(0, 11)) === 'p2pd/1 work'
}

function workFor(envelope: Uint8Array): Uint8Array {
  const found = searchWork(nodeCrypto, envelope).next(1_000_000)
  if (!found) throw new Error('no number for this tag')
  return found
}

/** Junk that needs Bob's id to be made, and has to be opened to be distinguished from a message. */
function junkForBob(): Uint8Array {
  const sealed = random(577 - 17)
  const key = nodeCrypto.sha256(Uint8Array.of(...bytesOf('p2pd/1 envelope tag\0'), ...bob.publicKey))
  const tag = nodeCrypto.sha256(Uint8Array.of(...key, 1, ...sealed)).subarray(0, 16)
  return Uint8Array.of(1, ...tag, ...sealed)
}
