import { expect, test } from '@jest/globals'
import type { TcpConnection } from '@p2pd/netif'
import { ManualClock } from '@p2pd/netif/testing'
import { Duplex } from 'node:stream'
import { Acceptor } from './acceptor.ts'
import { encodeNomination } from '../handshake/nomination-frame.ts'
import { encodePreamble } from '../handshake/preamble.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Secure } from '../handshake/secure.ts'

const address = { ip: '192.0.2.1', port: 4000 }
const connectionId = new Uint8Array(16).fill(1)
/** The first byte of TLS. */
const TLS = Uint8Array.of(22)

const secured: Secure = (stream) => {
  stream.read(TLS.length)
  return Promise.resolve({
    stream,
    peer: new Uint8Array(32),
    encrypted: true,
    exportKey: () => new Uint8Array(32),
  })
}
const endless: Secure = (_, { signal }) =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))

test.each<[string, Uint8Array[], Secure]>([
  ['saying nothing', [], secured],
  ['within a preamble', [encodePreamble(connectionId, new Uint8Array(16)).subarray(0, 32)], secured],
  ['within TLS', [TLS], endless],
  ['after TLS, without a nomination', [TLS], secured],
  ['within a nomination', [TLS, encodeNomination({ connectionId }).subarray(0, -1)], secured],
])('a caller that stops %s is closed after 10 s, and nothing is left', async (_, words, secure) => {
  const clock = new ManualClock()
  const accepted: unknown[] = []
  const runtime = { clock, secure } as Partial<Runtime> as Runtime
  const acceptor = new Acceptor({ runtime, accept: (path) => accepted.push(path) })
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  for (const word of words) stream.push(word)
  const connection: TcpConnection = { stream, local: address, remote: address }
  const handled = acceptor.receive(connection)
  await clock.advance(9999)
  expect(stream.destroyed).toBe(false)
  await clock.advance(1)
  await handled
  expect(stream.destroyed).toBe(true)
  expect(accepted).toEqual([])
  expect(clock.pending).toBe(0)
})
