import { expect, test } from '@jest/globals'
import type { TcpConnection } from '@p2pd/netif'
import { systemNetwork } from '@p2pd/netif/node'
import { connect as connectTls, TLSSocket } from 'node:tls'
import type { Socket } from 'node:net'
import type { Secure } from '../handshake/secure.ts'
import { createCertificate } from './certificate.ts'
import { createIdentity, formatIdentity } from './identity.ts'
import { tlsSecure } from './tls.ts'

const alice = createIdentity()
const bob = createIdentity()
const stranger = createIdentity()

/** Two ends of a TCP connection over loopback, closed afterwards. */
async function connected(
  run: (client: TcpConnection, server: TcpConnection) => Promise<void>,
): Promise<void> {
  const listener = await systemNetwork.listenTcp({ local: { ip: '127.0.0.1', port: 0 } })
  const accepted = new Promise<TcpConnection>((resolve) => listener.onConnection(resolve))
  const client = await systemNetwork.dial({ remote: listener.local })
  const server = await accepted
  try {
    await run(client, server)
  } finally {
    client.stream.destroy()
    server.stream.destroy()
    await listener.close()
  }
}

const settle = (secure: Promise<unknown>) =>
  secure.then(
    () => 'secured',
    (error: Error) => error.message,
  )
const server = (secure: Secure, { stream }: TcpConnection) => secure(stream, { role: 'server' })

test('both sides prove their keys, and bytes arrive', () =>
  connected(async (a, b) => {
    const [client, accepted] = await Promise.all([
      tlsSecure(alice)(a.stream, { role: 'client', peer: bob.publicKey }),
      server(tlsSecure(bob), b),
    ])
    expect(client.peer).toEqual(bob.publicKey)
    expect(accepted.peer).toEqual(alice.publicKey)
    expect([client.encrypted, accepted.encrypted]).toEqual([true, true])
    client.stream.write('hello')
    expect(String(await new Promise((resolve) => accepted.stream.once('data', resolve)))).toBe('hello')
  }))

test('G7: a peer that knows later versions, too, is understood, as a client and as a server', () =>
  connected(async (a, b) => {
    const own = { cert: createCertificate(alice), key: formatIdentity(alice), rejectUnauthorized: false }
    const later = { ...own, ALPNProtocols: ['p2pd/9', 'p2pd/2', 'p2pd/1'] }
    const client = connectTls({ socket: a.stream as Socket, ...later })
    expect(await server(tlsSecure(bob), b)).toMatchObject({ peer: alice.publicKey, encrypted: true })
    expect(client.alpnProtocol).toBe('p2pd/1')
    await connected(async (c, d) => {
      const laterServer = new TLSSocket(d.stream as Socket, { ...later, isServer: true, requestCert: true })
      laterServer.on('error', () => {})
      const secured = await tlsSecure(bob)(c.stream, { role: 'client', peer: alice.publicKey })
      expect(secured.peer).toEqual(alice.publicKey)
    })
  }))

test('a stranger at the right address is refused and named', () =>
  connected(async (a, b) => {
    const [client] = await Promise.all([
      settle(tlsSecure(alice)(a.stream, { role: 'client', peer: bob.publicKey })),
      settle(server(tlsSecure(stranger), b)),
    ])
    expect(client).toBe(`another node is at this address: ${stranger.id}`)
    expect(a.stream.destroyed).toBe(true)
  }))

test('a server refuses a caller without a certificate', () =>
  connected(async (a, b) => {
    const client = connectTls({
      socket: a.stream as Socket,
      rejectUnauthorized: false,
      ALPNProtocols: ['p2pd/1'],
    })
    client.on('error', () => {})
    expect(await settle(server(tlsSecure(bob), b))).toBe('the other side proved no Ed25519 key')
  }))

test('a server refuses what is not TLS, and a client a server that hangs up', () =>
  connected(async (a, b) => {
    const refused = settle(server(tlsSecure(bob), b))
    a.stream.write('GET / HTTP/1.1\r\n\r\n')
    expect(await refused).toMatch(/wrong version number|http request/)
    expect(b.stream.destroyed).toBe(true)
  }))

test('an abort ends a handshake that the other side never answers', () =>
  connected(async (a) => {
    const controller = new AbortController()
    const secured = settle(
      tlsSecure(alice)(a.stream, { role: 'client', peer: bob.publicKey, signal: controller.signal }),
    )
    controller.abort(new Error('changed my mind'))
    expect(await secured).toBe('changed my mind')
    expect(a.stream.destroyed).toBe(true)
  }))
