import { expect, test } from '@jest/globals'
import type { Socket } from 'node:dgram'
import { EventEmitter } from 'node:events'
import { Duplex } from 'node:stream'
import { encodeDatagram } from '../../pipes/datagram-frames.ts'
import type { SessionStream } from '../../runtime/session.ts'
import { UdpFlows } from './udp-flows.ts'

const MAX_FLOWS = 1024

/** A local port, the senders that have a flow, and what is sent to them. */
function localPort() {
  const streams: Duplex[] = []
  const sentTo: number[] = []
  let evicted = 0
  const socket = Object.assign(new EventEmitter(), {
    send: (_: Uint8Array, port: number) => sentTo.push(port),
    close: () => {},
  })
  const open = () => {
    const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() })
    streams.push(stream)
    return Object.assign(stream, { id: streams.length, service: '', reset: () => {} }) as SessionStream
  }
  const flows = new UdpFlows(socket as unknown as Socket, open, { onFull: () => void evicted++ })
  return {
    flows,
    streams,
    sentTo,
    /** A datagram of the sender with this number, from 1. */
    send: (sender: number) =>
      socket.emit('message', Uint8Array.of(1), { address: '127.0.0.1', port: sender }),
    /** A datagram of the peer for a sender. */
    answer: (sender: number) => streams[sender - 1]?.push(encodeDatagram(Uint8Array.of(2))),
    ended: () => streams.flatMap(({ destroyed }, index) => (destroyed ? [index + 1] : [])),
    evicted: () => evicted,
  }
}

const turn = () => new Promise(setImmediate)

test('at the bound the flow that was silent longest makes room, in either direction', async () => {
  const port = localPort()
  for (let sender = 1; sender <= MAX_FLOWS; sender++) port.send(sender)
  expect(port.ended()).toEqual([])
  port.send(1)
  port.answer(2)
  await turn()
  expect(port.sentTo).toEqual([2])
  port.send(MAX_FLOWS + 1)
  expect(port.ended()).toEqual([3])
  expect(port.evicted()).toBe(1)
  port.flows.close()
})

test('datagrams of many new senders in one turn each take the place of another flow', async () => {
  const port = localPort()
  for (let sender = 1; sender <= MAX_FLOWS + 100; sender++) port.send(sender)
  expect(port.ended()).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  await turn()
  // A datagram for a flow that has ended reaches nobody.
  port.answer(1)
  await turn()
  expect(port.sentTo).toEqual([])
  port.flows.close()
})
