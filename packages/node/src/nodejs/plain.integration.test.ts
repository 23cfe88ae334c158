import { expect, test } from '@jest/globals'
import { systemNetwork, systemRandom } from '@p2pd/netif/node'
import type { ByteStream } from '@p2pd/netif'
import fc from 'fast-check'
import { plainWhereBothWant } from '../handshake/plain.ts'
import type { Secure } from '../handshake/secure.ts'
import { nextPipe, Stage } from '../testdata/nodes.ts'
import { createIdentity, type PrivateIdentity, verifyEd25519 } from './identity.ts'
import { tlsSecure } from './tls.ts'

const [alice, bob] = [createIdentity(), createIdentity()]

function secureOf(identity: PrivateIdentity, isWanted: boolean): Secure {
  const encrypted = tlsSecure(identity)
  return plainWhereBothWant({ identity, isWanted, encrypted, verify: verifyEd25519, random: systemRandom })
}

/** Two ends of a connection over loopback, closed afterwards. */
async function connected(run: (a: ByteStream, b: ByteStream) => Promise<void>): Promise<void> {
  const listener = await systemNetwork.listenTcp({ local: { ip: '127.0.0.1', port: 0 } })
  const accepted = new Promise<ByteStream>((resolve) =>
    listener.onConnection(({ stream }) => resolve(stream)),
  )
  const { stream } = await systemNetwork.dial({ remote: listener.local })
  const other = await accepted
  try {
    await run(stream, other)
  } finally {
    stream.destroy()
    other.destroy()
    await listener.close()
  }
}

test.each([
  [true, true, false],
  [true, false, true],
  [false, true, true],
  [false, false, true],
])('the caller wants it plain: %s; the callee: %s; encrypted: %s', (caller, callee, encrypted) =>
  connected(async (a, b) => {
    const [near, far] = await Promise.all([
      secureOf(alice, caller)(a, { role: 'client', peer: bob.publicKey }),
      secureOf(bob, callee)(b, { role: 'server', peer: alice.publicKey }),
    ])
    expect([near.encrypted, far.encrypted]).toEqual([encrypted, encrypted])
    expect([near.peer, far.peer]).toEqual([bob.publicKey, alice.publicKey])
    near.stream.write('hello')
    expect(String(await new Promise((resolve) => far.stream.once('data', resolve)))).toBe('hello')
  }),
)

test('a stranger at the address never gets a plain pipe, nor does a caller who is not the one expected', () =>
  connected(async (a, b) => {
    const mallory = createIdentity()
    const ends = await Promise.allSettled([
      secureOf(alice, true)(a, { role: 'client', peer: bob.publicKey }),
      secureOf(mallory, true)(b, { role: 'server', peer: alice.publicKey }),
    ])
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(ends[0]).toMatchObject({ reason: { code: 'NODE_WRONG_PEER' } })
  }))

test('a signature that is not over this handshake is refused', () =>
  connected(async (a, b) => {
    const forger = { ...bob, sign: (data: Uint8Array) => createIdentity().sign(data) }
    const ends = await Promise.allSettled([
      secureOf(alice, true)(a, { role: 'client', peer: bob.publicKey }),
      secureOf(forger, true)(b, { role: 'server' }),
    ])
    expect(ends[0]).toMatchObject({ reason: { message: 'the other side did not prove its key' } })
  }))

test('any answer to a plain handshake ends in an error', () =>
  fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) =>
      connected(async (a, b) => {
        b.end(bytes)
        await expect(secureOf(alice, true)(a, { role: 'client', peer: bob.publicKey })).rejects.toMatchObject(
          { message: expect.stringMatching(/./) },
        )
      }),
    ),
    { numRuns: 100 },
  ))

test('nodes: a pipe is plain when both ends ask for it, and says so', () =>
  Stage.run(async (stage) => {
    const broker = await stage.broker()
    const [plain, other, careful] = [
      await stage.node([broker], { secure: false }),
      await stage.node([broker], { secure: false }),
      await stage.node([broker]),
    ]
    careful.onPipe(() => {})
    const accepted = nextPipe(other)
    const pipe = await plain.connect(other.id)
    expect([pipe.connection.encrypted, (await accepted).connection.encrypted]).toEqual([false, false])
    expect((await plain.connect(careful.id)).connection.encrypted).toBe(true)
  }))
