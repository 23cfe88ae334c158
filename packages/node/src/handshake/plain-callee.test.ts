import { expect, test } from '@jest/globals'
import { joinBytes } from '@p2pd/netif'
import fc from 'fast-check'
import { duplexPair } from 'node:stream'
import { encodeMap, toMap } from '../wire/cbor.ts'
import { encodeFrame, FrameType } from './frame.ts'
import { encodePlainAnswer, encodePlainOffer, encodePlainProof } from './plain-frame.ts'
import { createIdentity, verifyEd25519 } from '../nodejs/identity.ts'
import { plainWhereBothWant } from './plain.ts'
import type { SecuredStream, SecureOptions } from './secure.ts'

const [alice, bob] = [createIdentity(), createIdentity()]
const secure = plainWhereBothWant({
  identity: bob,
  verify: verifyEd25519,
  random: (length) => new Uint8Array(length).fill(2),
  encrypted: () => Promise.reject(new Error('TLS')),
  isWanted: true,
})
const offer = encodePlainOffer({
  key: alice.publicKey,
  random: new Uint8Array(32).fill(1),
  protocols: ['p2pd/2', 'p2pd/1'],
})

/** The callee's result for a caller that sends these bytes and no more. */
async function hear(bytes: Uint8Array, options: Partial<SecureOptions> = {}): Promise<SecuredStream> {
  const [near, far] = duplexPair()
  far.on('error', () => {}).resume()
  const secured = secure(near, { role: 'server', ...options })
  far.end(bytes)
  return secured
}

test.each([
  ['of another handshake', new Uint8Array(32).fill(3)],
  ['by another key', new Uint8Array(32).fill(2)],
])('a plain caller that proves its key by a signature %s is refused', async (_, random) => {
  const context = new TextEncoder().encode('p2pd plain caller\0')
  const answer = encodePlainAnswer({ key: bob.publicKey, random, protocol: 'p2pd/1' })
  const signer = random[0] === 2 ? bob : alice
  const proof = encodePlainProof(signer.sign(joinBytes(context, offer, answer)))
  await expect(hear(joinBytes(offer, proof))).rejects.toMatchObject({ code: 'NODE_WRONG_PEER' })
})

test('a caller of a later version that knows this one, too, gets a plain pipe; unknown frames and keys change nothing', async () => {
  const [near, far] = duplexPair()
  const secured = secure(near, { role: 'server' })
  const body = encodeMap([
    [1, alice.publicKey],
    [2, new Uint8Array(32).fill(1)],
    [3, ['p2pd/2', 7, 'p2pd/1']],
    [99, toMap([])],
  ])
  const later = encodeFrame({ type: FrameType.PlainOffer, body })
  far.write(later)
  const context = new TextEncoder().encode('p2pd plain caller\0')
  const answer = encodePlainAnswer({
    key: bob.publicKey,
    random: new Uint8Array(32).fill(2),
    protocol: 'p2pd/1',
  })
  far.write(encodeFrame({ type: 0x7f, body: Uint8Array.of(1, 2, 3) }))
  far.write(encodePlainProof(alice.sign(joinBytes(context, later, answer))))
  expect(await secured).toMatchObject({ peer: alice.publicKey, encrypted: false })
})

test('a caller that knows later versions alone is refused a plain pipe, and goes on with TLS', async () => {
  const random = new Uint8Array(32)
  const later = encodePlainOffer({ key: alice.publicKey, random, protocols: ['p2pd/2'] })
  await expect(hear(later)).rejects.toThrow('TLS')
})

test('who is dialled back is refused when it is another, before anything is signed', async () => {
  const [near, far] = duplexPair()
  const heard: Buffer[] = []
  far.on('error', () => {}).on('data', (bytes: Buffer) => heard.push(bytes))
  const secured = secure(near, { role: 'server', peer: createIdentity().publicKey })
  far.write(offer)
  await expect(secured).rejects.toMatchObject({ code: 'NODE_WRONG_PEER' })
  expect(heard).toEqual([])
})

test('no bytes of a stranger make a plain pipe', () =>
  fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (bytes) =>
      expect(hear(joinBytes(Uint8Array.of(0x71), bytes))).rejects.toMatchObject({
        message: expect.stringMatching(/./),
      }),
    ),
    { numRuns: 1000 },
  ))
