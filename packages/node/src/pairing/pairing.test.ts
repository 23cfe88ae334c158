import { createHash } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { Dice, ManualClock } from '@p2pd/netif/testing'
import { chachaSealing } from '../nodejs/pairing/sealing.ts'
import { memoryPairingBroker } from '../testdata/pairing.ts'
import { alice, bob, code, guess, sideOf, waiting, wrong } from '../testdata/pairing-sides.ts'
import { parseCode, formatCode } from './code.ts'
import { generatorOf, keysOf, topicsOf } from './pairing-keys.ts'
import { decodePairingMessage, encodePairingMessage } from './pairing-message.ts'
import { runPairing } from './run-pairing.ts'
import { WaitingSide } from './waiting-side.ts'

Error.stackTraceLimit = 0

test('both sides learn the id, the name and the purpose of the other', async () => {
  const clock = new ManualClock()
  const { broker } = memoryPairingBroker()
  const { result, isReady } = await waiting(broker, clock)
  const guessed = guess(broker, clock, 2)
  await clock.advance(10)
  expect([isReady, await guessed, await result]).toEqual([true, alice, bob])
  await clock.advance(10_000)
  expect(clock.pending).toBe(0)
})

test('H4: three wrong guesses burn the code, and both sides learn it; nobody else gets a fourth', async () => {
  const clock = new ManualClock()
  const { broker } = memoryPairingBroker()
  const { result, wrongs } = await waiting(broker, clock)
  for (const seed of [2, 3, 4]) {
    const guessed = guess(broker, clock, seed, wrong)
    await clock.advance(10)
    const words = seed === 4 ? 'burnt' : `left: ${4 - seed}`
    await expect(guessed).rejects.toThrow(words)
    await expect(guessed).rejects.toMatchObject({ code: 'NODE_CODE_WRONG' })
  }
  expect(wrongs).toEqual([2, 1, 0])
  await expect(result).rejects.toMatchObject({ code: 'NODE_CODE_OVER' })
  const late = guess(broker, clock, 5)
  await clock.advance(2000)
  await expect(late).rejects.toMatchObject({ code: 'NODE_CODE_OVER' })
  await expect(late).rejects.toThrow('burnt')
})

test('1,000 strangers get three answers to their guesses', async () => {
  const clock = new ManualClock()
  const { broker, log } = memoryPairingBroker()
  await waiting(broker, clock)
  const { waiter } = topicsOf(code.number)
  const share = generatorOf(wrong, new Uint8Array(16)).toBytes()
  for (let stranger = 0; stranger < 1000; stranger++) {
    const attempt = Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? stranger & 0xff : stranger >>> 8))
    const proof = { type: 'proof', attempt, proof: new Uint8Array(32), sealed: new Uint8Array(20) } as const
    for (const message of [{ type: 'hello', attempt, share } as const, proof, proof])
      await broker.publish(waiter, encodePairingMessage(message), {})
  }
  await clock.advance(1)
  const answers = log.map(({ payload }) => (payload.length === 0 ? undefined : decodePairingMessage(payload)))
  const left = answers.flatMap((message) => (message?.type === 'wrong' ? [message.left] : []))
  expect(left).toEqual([2, 2, 1, 1, 0]) // The second proof of an attempt gets the same answer again.
  expect(answers.filter((message) => message?.type === 'share').length).toBe(3)
})

test('ten minutes end a code, and its number is free again', async () => {
  const clock = new ManualClock()
  const { broker, retained } = memoryPairingBroker()
  const { result } = await waiting(broker, clock)
  expect(retained.size).toBe(1)
  await clock.advance(600_000)
  await expect(result).rejects.toMatchObject({ code: 'NODE_CODE_OVER' })
  expect(clock.pending).toBe(0)
  const next = await waiting(broker, clock, 9)
  expect([next.isReady, retained.size]).toEqual([true, 1])
})

test('a number that is in use is found out before the code is shown, and the first holder keeps it', async () => {
  const clock = new ManualClock()
  const { broker } = memoryPairingBroker()
  const first = await waiting(broker, clock, 1)
  const second = await waiting(broker, clock, 9)
  await expect(second.result).rejects.toMatchObject({ code: 'NODE_CODE_TAKEN' })
  expect(second.isReady).toBe(false)
  const guessed = guess(broker, clock, 2)
  await clock.advance(10)
  expect([await guessed, await first.result]).toEqual([alice, bob])
})

test('messages that are lost, repeated, delayed or changed cost nothing but time', async () => {
  let paired = 0
  for (let seed = 0; seed < 30; seed++) {
    const dice = new Dice(seed)
    const clock = new ManualClock()
    const { broker } = memoryPairingBroker((payload) => {
      const copies = dice.below(4) === 0 ? [] : Array.from({ length: 1 + dice.below(3) }, () => payload)
      return copies.map((copy) => (dice.chance(0.2) ? changed(copy, dice) : copy))
    })
    const side = await waiting(broker, clock)
    const guessed = guess(broker, clock, 2)
    await clock.advance(12_000)
    const guesser = await guessed.catch(() => undefined)
    if (guesser === undefined) continue
    expect(guesser).toEqual(alice)
    expect(await side.result).toEqual(bob)
    paired++
  }
  expect(paired).toBeGreaterThan(4)
}, 120_000)

function changed(payload: Uint8Array, dice: Dice): Uint8Array {
  const copy = payload.slice()
  if (copy.length > 0) copy[dice.below(copy.length)] = dice.below(256)
  return copy
}

test('a broker in the middle that has its own shares gets one guess for each attempt, and no introduction', async () => {
  const clock = new ManualClock()
  const { broker, log } = memoryPairingBroker()
  const guessed = guess(broker, clock, 2)
  await clock.advance(10)
  // The broker plays the waiting side, with a guess of its own.
  const hello = decodePairingMessage(log[0]?.payload ?? new Uint8Array())
  if (hello?.type !== 'hello') throw new Error('no hello')
  const { attempt } = hello
  const scalar = new Uint8Array(32).fill(3, 0, 31)
  const share = generatorOf(wrong, attempt)
    .multiply(BigInt(`0x${'03'.repeat(31)}`))
    .toBytes()
  await broker.publish(
    topicsOf(7421).attempt(attempt),
    encodePairingMessage({ type: 'share', attempt, share }),
    {},
  )
  await clock.advance(10)
  const proof = log
    .map(({ payload }) => decodePairingMessage(payload))
    .find((message) => message?.type === 'proof')
  if (proof?.type !== 'proof') throw new Error('no proof')
  const keys = keysOf(attempt, scalar, hello.share, { guesser: hello.share, waiter: share })
  expect(keys?.proofs.guesser).not.toEqual(proof.proof)
  expect(chachaSealing.open(keys?.seals.guesser ?? new Uint8Array(32), proof.sealed)).toBeUndefined()
  guessed.catch(() => {})
  await clock.advance(11_000)
  await expect(guessed).rejects.toMatchObject({ code: 'NODE_NO_ANSWER' })
})

test('H4: a recorded pairing tells nothing about its words: no word of the dictionary explains it', async () => {
  const clock = new ManualClock()
  const { broker, log } = memoryPairingBroker()
  await waiting(broker, clock)
  const guessed = guess(broker, clock, 2)
  await clock.advance(10)
  await guessed
  const bytes = Buffer.concat(log.map(({ topic, payload }) => Buffer.concat([Buffer.from(topic), payload])))
  const messages = log.flatMap(({ payload }) => (payload.length === 0 ? [] : [decodePairingMessage(payload)]))
  const [hello, share] = [
    messages.find((m) => m?.type === 'hello'),
    messages.find((m) => m?.type === 'share'),
  ]
  if (hello?.type !== 'hello' || share?.type !== 'share') throw new Error('not recorded')
  const shares = { guesser: hello.share, waiter: share.share }
  // The right secret with everything that was recorded, and with shares in place of scalars, gives none of the keys.
  for (let secret = code.secret - 5; secret < code.secret + 5; secret++) {
    const generator = generatorOf({ number: 7421, secret }, hello.attempt).toBytes()
    for (const peer of [hello.share, share.share, generator]) {
      const one = Uint8Array.of(1, ...new Uint8Array(31))
      const keys = keysOf(hello.attempt, one, peer, shares)
      for (const key of [keys?.proofs.guesser, keys?.proofs.waiter])
        expect(bytes.includes(Buffer.from(key ?? [0, 0, 0, 0]))).toBe(false)
    }
    expect(bytes.includes(Buffer.from(generator))).toBe(false)
  }
  // Nothing is a hash of a secret and of recorded values, for all 2^18 of them.
  for (let secret = 0; secret < 2 ** 18; secret++) {
    const password = Buffer.of(secret >>> 16, (secret >>> 8) & 0xff, secret & 0xff)
    const digest = createHash('sha512').update(password).update(hello.attempt).digest().subarray(0, 16)
    if (bytes.includes(digest)) throw new Error(`the secret ${secret} is recorded`)
  }
  const words = formatCode(code).split('-').slice(1)
  for (const word of words) expect(bytes.includes(word)).toBe(false)
  expect(parseCode(formatCode(code))).toEqual(code)
}, 60_000)

test('any bytes are a message or are dropped', () => {
  for (let seed = 0; seed < 5000; seed++) {
    const dice = new Dice(seed)
    const bytes = Uint8Array.from({ length: dice.below(120) }, () => dice.below(256))
    const machine = new WaitingSide(sideOf(alice, 1))
    machine.wake(0)
    machine.wake(500)
    expect(machine.receive(machine.topics[1] ?? '', bytes)).toEqual([])
  }
})

test.each([
  ['while its code is shown', true],
  ['after it has succeeded', false],
])('a side that is ended %s keeps no timer, and its number is free', async (_, isEarly) => {
  const clock = new ManualClock()
  const { broker, retained } = memoryPairingBroker()
  const ending = new AbortController()
  const onReady = () => isEarly && ending.abort()
  const run = { broker, clock, signal: ending.signal, onReady: () => void onReady() }
  const result = runPairing(new WaitingSide(sideOf(alice, 1)), run)
  const outcome = result.catch(({ code }: { readonly code: string }) => code)
  await clock.advance(600)
  if (!isEarly) {
    void guess(broker, clock, 2)
    await clock.advance(10)
    expect(await outcome).toEqual(bob)
    ending.abort()
    // The guessing side answers repeated messages for a while.
    await clock.advance(10_000)
  } else expect(await outcome).toBe('NODE_ABORTED')
  expect(clock.pending).toBe(0)
  const next = await waiting(broker, clock, 9)
  expect([next.isReady, retained.size]).toEqual([true, 1])
})
