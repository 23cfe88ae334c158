import { once } from 'node:events'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect, test } from '@jest/globals'
import type { TransportAddress } from '../../ip/transport-address.ts'
import { listenTcp } from './listen-tcp.ts'

/** A peer in a thread of its own: connects and resets, while the thread of the listener waits for it. */
const RESETTING_PEER = `
  const { connect } = require('node:net')
  const { workerData: { port, done } } = require('node:worker_threads')
  const socket = connect(port, '127.0.0.1', () => socket.resetAndDestroy())
  socket.on('error', () => {})
  socket.on('close', () => {
    Atomics.store(done, 0, 1)
    Atomics.notify(done, 0)
  })`

test('a connection that its peer has reset before it is accepted is dropped: nothing tells its source', async () => {
  const listener = await listenTcp({ local: { ip: '127.0.0.1', port: 0 } })
  const sources: TransportAddress[] = []
  const ended: Promise<unknown>[] = []
  listener.onConnection(({ remote, stream }) => {
    sources.push(remote)
    ended.push(once(stream, 'close'))
    stream.destroy()
  })
  const { port } = listener.local
  const done = new Int32Array(new SharedArrayBuffer(4))
  const peer = new Worker(RESETTING_PEER, { eval: true, workerData: { port, done } })
  Atomics.wait(done, 0, 0)
  const next = connect(port, '127.0.0.1')
  await once(next, 'connect')
  const own = next.localPort
  await once(next.resume(), 'close')
  expect(sources).toEqual([{ ip: '127.0.0.1', port: own }])
  await Promise.all([...ended, peer.terminate()])
  await listener.close()
})
