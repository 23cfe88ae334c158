import { expect, test } from '@jest/globals'
import { encodeFrame, type Frame } from '@p2pd/session'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { Node } from '../node.ts'
import { parseAddress } from '../signalling/address.ts'
import { nominate } from '../handshake/nomination.ts'
import { encodePreamble } from '../handshake/preamble.ts'
import { foreignCertificate } from '../testdata/foreign-certificate.ts'
import { Stage } from '../testdata/nodes.ts'
import { createCertificate } from './certificate.ts'
import { createIdentity, formatIdentity, verifyEd25519 } from './identity.ts'

const identity = createIdentity()
const own = { cert: createCertificate(identity), key: formatIdentity(identity) }
const connectionId = new Uint8Array(16).fill(1)
const sessionId = new Uint8Array(16).fill(2)

/** A node that sends back what callers send, how many pipes it has had, and where it listens. */
async function listening(stage: Stage) {
  const node: Node = await stage.node([])
  const pipes: string[] = []
  node.onPipe((pipe) => {
    pipes.push(pipe.connection.strategy)
    pipe.onMessage((data) => void pipe.send(data).catch(() => {}))
  })
  const { candidates } = parseAddress(await node.address(), verifyEd25519)
  return { pipes, port: candidates[0]?.port ?? 0 }
}

const RESUME: Frame = { type: 'resume', offset: 0 }

/** A caller of another make: TLS as it likes it, then a nomination of a session and a word on its stream 0. */
function call(port: number, options: ConnectionOptions): TLSSocket {
  const socket = connectTls({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['p2pd/1'],
    ...options,
  })
  socket.on('error', () => {}) // It is closed then, too.
  nominate(socket, { connectionId, sessionId }).catch(() => {})
  socket.write(encodeFrame(RESUME))
  say(socket, 'hello', 0)
  return socket
}

function say(socket: TLSSocket, word: string, offset: number): void {
  socket.write(encodeFrame({ type: 'stream', id: 0, offset, bytes: new TextEncoder().encode(word) }))
}

const closed = (socket: TLSSocket) =>
  new Promise((resolve) => socket.on('close', resolve).on('data', () => resolve('an answer')))
/** Resolves when the word has come back. */
const answered = (socket: TLSSocket, word: string) =>
  new Promise<void>((resolve, reject) => {
    let frames = Buffer.alloc(0)
    socket.on('data', (data: Buffer) => {
      frames = Buffer.concat([frames, data])
      if (frames.includes(word)) resolve()
    })
    socket.on('close', () => reject(new Error('it was closed')))
  })

test.each<[string, ConnectionOptions]>([
  ['TLS 1.2', { ...own, maxVersion: 'TLSv1.2' }],
  ['another protocol (ALPN)', { ...own, ALPNProtocols: ['h2'] }],
  ['no protocol (ALPN)', { ...own, ALPNProtocols: [] }],
  ['no certificate', {}],
  ['a P-256 key', foreignCertificate('P-256')],
  ['an Ed448 key', foreignCertificate('Ed448')],
])('a caller with %s gets no pipe, the next one does', (_, options) =>
  Stage.run(async (stage) => {
    const { port, pipes } = await listening(stage)
    expect(await closed(call(port, options))).not.toBe('an answer')
    expect(pipes).toEqual([])
    const caller = call(port, own)
    await answered(caller, 'hello')
    caller.destroy()
  }),
)

test('a call has one pipe: a second nomination is closed, the first goes on', () =>
  Stage.run(async (stage) => {
    const { port, pipes } = await listening(stage)
    const first = call(port, own)
    await answered(first, 'hello')
    expect(await closed(call(port, own))).not.toBe('an answer')
    say(first, 'again', 5)
    await answered(first, 'again')
    expect(pipes).toEqual(['direct'])
    first.destroy()
  }))

test('who dials back for no call is closed at once', () =>
  Stage.run(async (stage) => {
    const { port } = await listening(stage)
    const socket = connectTcp(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(encodePreamble(connectionId, new Uint8Array(16)))
    socket.resume()
    await new Promise((resolve) => socket.on('close', resolve))
    expect(socket.bytesRead).toBe(0)
  }))
