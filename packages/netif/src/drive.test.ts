import { expect, test } from '@jest/globals'
import {
  type Channel,
  drive,
  driveOver,
  type Machine,
  type Output,
  type TransportAddress,
  type UdpSocket,
} from '@p2pd/netif'
import { ManualClock } from './testing/manual-clock.ts'

const PEER = { ip: '192.0.2.1', port: 7 }

/** Asks every 100 ms, until it is answered or has asked three times. */
class Asker implements Machine<string> {
  asked = 0

  wake(now: number): Output<string>[] {
    if (this.asked === 3) return [{ type: 'fail', error: new Error('no answer') }]
    this.asked++
    return [
      { type: 'send', data: new Uint8Array([this.asked]), to: PEER },
      { type: 'wake', at: now + 100 },
    ]
  }

  receive(packet: Uint8Array): Output<string>[] {
    return packet.length > 0 ? [{ type: 'done', result: `answer ${packet[0]}` }] : []
  }
}

/** A socket that keeps what is sent and hears what the test says. */
class FakeSocket implements UdpSocket {
  readonly local = { ip: '192.0.2.2', port: 9 }
  readonly sent: number[] = []
  readonly listeners = new Set<(data: Uint8Array, from: TransportAddress) => void>()

  send(data: Uint8Array): void {
    this.sent.push(data[0] ?? 0)
  }

  onMessage(listener: (data: Uint8Array, from: TransportAddress) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  hear(...bytes: number[]): void {
    for (const listener of this.listeners) listener(Uint8Array.from(bytes), PEER)
  }

  close(): void {}
}

function setUp(signal?: AbortSignal) {
  const [socket, clock] = [new FakeSocket(), new ManualClock()]
  const result = drive(new Asker(), socket, clock, signal).catch((error: unknown) => error)
  return { socket, clock, result, settled: () => [clock.pending, socket.listeners.size] }
}

test('a machine is woken, hears packets and ends with its result; nothing stays behind', async () => {
  const { socket, clock, result, settled } = setUp()
  await clock.advance(100)
  socket.hear()
  socket.hear(5)
  expect(await result).toBe('answer 5')
  expect(socket.sent).toEqual([1, 2])
  expect(settled()).toEqual([0, 0])
})

test('a machine that fails rejects', async () => {
  const { socket, clock, result, settled } = setUp()
  await clock.advance(300)
  expect(await result).toEqual(new Error('no answer'))
  expect(socket.sent).toEqual([1, 2, 3])
  expect(settled()).toEqual([0, 0])
})

test('an abort ends it, before and during', async () => {
  const controller = new AbortController()
  const { result, settled } = setUp(controller.signal)
  const reason = new Error('enough')
  controller.abort(reason)
  expect(await result).toBe(reason)
  expect(settled()).toEqual([0, 0])
  const late = setUp(AbortSignal.abort(reason))
  expect(await late.result).toBe(reason)
  expect(late.socket.sent).toEqual([])
})

test('a machine that is done sets no timer and sends nothing more', async () => {
  const [socket, clock] = [new FakeSocket(), new ManualClock()]
  const machine: Machine<string> = {
    wake: (now) => [
      { type: 'done', result: 'at once' },
      { type: 'send', data: Uint8Array.of(1), to: PEER },
      { type: 'wake', at: now + 100 },
    ],
    receive: () => [],
  }
  expect(await drive(machine, socket, clock)).toBe('at once')
  expect([socket.sent, clock.pending, socket.listeners.size]).toEqual([[], 0, 0])
})

test('a channel that fails, before or during, ends the machine with its error', async () => {
  const clock = new ManualClock()
  let failLater: (error: Error) => void = () => {}
  let listening = 0
  const channel: Channel = {
    send: () => {},
    listen: (_, fail) => {
      failLater = fail
      listening++
      return () => listening--
    },
  }
  const during = driveOver(new Asker(), channel, clock)
  failLater(new Error('closed'))
  await expect(during).rejects.toThrow('closed')
  const closed: Channel = {
    ...channel,
    listen: (receive, fail) => {
      const stop = channel.listen(receive, fail)
      fail(new Error('closed before'))
      return stop
    },
  }
  const machine = new Asker()
  await expect(driveOver(machine, closed, clock)).rejects.toThrow('closed before')
  expect([machine.asked, listening, clock.pending]).toEqual([0, 0, 0])
})
