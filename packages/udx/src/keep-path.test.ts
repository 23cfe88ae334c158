import { expect, test } from '@jest/globals'
import { sameTransportAddress, type TransportAddress, type UdpSocket } from '@p2pd/netif'
import { ManualClock } from '@p2pd/netif/testing'
import { keepPath } from './keep-path.ts'

/** Two sockets and a wire that can be cut; packets arrive at once. */
class Wire {
  cut = false
  readonly sent: string[] = []
  readonly #listeners = new Map<number, Set<(data: Uint8Array, from: TransportAddress) => void>>()

  socket(port: number): UdpSocket {
    const local = { ip: '192.0.2.1', port }
    const own = new Set<(data: Uint8Array, from: TransportAddress) => void>()
    this.#listeners.set(port, own)
    return {
      local,
      send: (data, to) => {
        this.sent.push(`${port}: ${data[0]?.toString(16)}`)
        if (!this.cut) for (const listener of this.#listeners.get(to.port) ?? []) listener(data, local)
      },
      onMessage: (listener) => {
        own.add(listener)
        return () => own.delete(listener)
      },
      close: () => own.clear(),
    }
  }

  get listening(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0)
  }
}

function pair() {
  const [wire, clock] = [new Wire(), new ManualClock()]
  const [a, b] = [wire.socket(1), wire.socket(2)]
  const gone: number[] = []
  const keep = (socket: UdpSocket, remote: UdpSocket, received?: () => number) =>
    keepPath({
      socket,
      remote: remote.local,
      clock,
      intervalMs: 25_000,
      ...(received && { received }),
      onGone: () => gone.push(socket.local.port),
    })
  return { wire, clock, a, b, keep, gone }
}

test('both ends ask and answer; no timer and no listener is left when they stop', async () => {
  const { wire, clock, a, b, keep, gone } = pair()
  const stops = [keep(a, b), keep(b, a)]
  await clock.advance(25_000)
  expect(wire.sent).toEqual(['1: e8', '2: e9', '2: e8', '1: e9'])
  await clock.advance(3_600_000)
  expect(wire.sent).toHaveLength(4 * 145)
  for (const stop of stops) stop()
  expect([clock.pending, wire.listening, gone]).toEqual([0, 0, []])
})

test('a cut wire is reported once, within the bound', async () => {
  const { wire, clock, a, b, keep, gone } = pair()
  keep(a, b)
  keep(b, a)
  await clock.advance(30_000)
  wire.cut = true
  await clock.advance(55_000)
  expect(gone.sort((x, y) => x - y)).toEqual([1, 2])
  expect([clock.pending, wire.listening]).toEqual([0, 0])
})

test('packets of the stream count as answers; packets of a stranger do not', async () => {
  const { clock, a, b, wire, keep, gone } = pair()
  let packets = 0
  keep(a, b, () => packets)
  for (let i = 0; i < 50; i++) {
    packets++
    await clock.advance(5000)
  }
  expect(gone).toEqual([])
  const stranger = wire.socket(3)
  expect(sameTransportAddress(stranger.local, b.local)).toBe(false)
  for (let i = 0; i < 12; i++) {
    stranger.send(Uint8Array.of(0xe8), a.local)
    await clock.advance(5000)
  }
  expect(gone).toEqual([1])
  expect(wire.sent.filter((line) => line === '1: e9')).toEqual([])
})
