import { expect, test } from '@jest/globals'
import type { TcpConnection } from '@p2pd/netif'
import { Duplex } from 'node:stream'
import { Acceptor } from './acceptor.ts'
import { encodePreamble } from '../handshake/preamble.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { ManualClock } from '@p2pd/netif/testing'

const address = { ip: '192.0.2.1', port: 4000 }

/** A caller that has connected and sends these words. */
function caller(words?: Uint8Array): TcpConnection {
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  if (words !== undefined) stream.push(words)
  return { stream, local: address, remote: address }
}

function start() {
  const clock = new ManualClock()
  const refused: string[] = []
  const runtime = {
    clock,
    secure: () => Promise.reject(new Error('no TLS in this test')),
    log: (_event: string, fields: { reason?: string }) => refused.push(fields.reason ?? ''),
  }
  const acceptor = new Acceptor({ runtime: runtime as unknown as Runtime, accept: () => {} })
  return { clock, refused, acceptor }
}

test('256 callers that say nothing are held for 10 s, and one more takes the base of the first', async () => {
  const { clock, refused, acceptor } = start()
  const silent = Array.from({ length: 257 }, () => caller())
  const handled = silent.map((connection) => acceptor.receive(connection))
  await handled[0]
  expect(refused).toEqual(['256 later connections are in handshakes'])
  expect(silent.map(({ stream }) => stream.destroyed)).toEqual([true, ...Array<boolean>(256).fill(false)])

  await clock.advance(10_000)
  await Promise.all(handled)
  expect(silent.every(({ stream }) => stream.destroyed)).toBe(true)
  expect(clock.pending).toBe(0)
})

test('a connection that is dialled back goes to the call that waits for it, and to no other', async () => {
  const { refused, acceptor } = start()
  const [wanted, other] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)]
  const arrived: TcpConnection[] = []
  const stop = acceptor.onDialledBack(wanted, (connection) => arrived.push(connection))
  const [right, wrong, late] = [
    caller(encodePreamble(wanted, new Uint8Array(16).fill(7))),
    caller(encodePreamble(other, new Uint8Array(16).fill(7))),
    caller(encodePreamble(wanted, new Uint8Array(16).fill(7))),
  ]
  await acceptor.receive(right)
  await acceptor.receive(wrong)
  stop()
  await acceptor.receive(late)
  expect(arrived).toEqual([right])
  expect([right.stream.destroyed, wrong.stream.destroyed, late.stream.destroyed]).toEqual([false, true, true])
  expect(refused).toEqual(['no call waits for this connection', 'no call waits for this connection'])
})

test('closing ends the handshakes under way', async () => {
  const { clock, acceptor } = start()
  const connection = caller()
  const handled = acceptor.receive(connection)
  const closed = acceptor.close()
  await handled
  await closed
  expect(connection.stream.destroyed).toBe(true)
  expect(clock.pending).toBe(0)
})
