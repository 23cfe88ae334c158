import { expect, test } from '@jest/globals'
import { joinBytes } from '@p2pd/netif'
import fc from 'fast-check'
import { duplexPair } from 'node:stream'
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
const question = joinBytes(Uint8Array.of(0x71), alice.publicKey, new Uint8Array(32).fill(1))

/** What a callee makes of a caller that says this and no more. */
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
  const signed = [
    new TextEncoder().encode('p2pd plain caller\0'),
    question.slice(1),
    bob.publicKey,
    random,
  ] as const
  const signer = random[0] === 2 ? bob : alice
  const proof = signer.sign(joinBytes(...signed))
  await expect(hear(joinBytes(question, proof))).rejects.toMatchObject({ code: 'NODE_WRONG_PEER' })
})

test('who is dialled back is refused when it is another, before anything is signed', async () => {
  const [near, far] = duplexPair()
  const heard: Buffer[] = []
  far.on('error', () => {}).on('data', (bytes: Buffer) => heard.push(bytes))
  const secured = secure(near, { role: 'server', peer: createIdentity().publicKey })
  far.write(question)
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
