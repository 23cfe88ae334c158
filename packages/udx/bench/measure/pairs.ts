import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { TransportAddress } from '@p2pd/netif'
import { loadUdx } from '@p2pd/udx/node'
import { type Passage, relayBetween } from '../../src/nodejs/testdata/lossy-relay.ts'
import { importNative } from '../../src/nodejs/udx-native.ts'

const CHUNK = new Uint8Array(64 * 1024)
const ip = '127.0.0.1'

/** The members that a raw stream and this package's stream share. */
type Stream = Pick<Duplex, 'write' | 'end' | 'once' | 'on' | 'destroy'>
export type Pair = readonly [Stream, Stream]

const Native = await importNative()

/** Two streams of `udx-native` itself, through a relay where a passage is given. */
export async function rawPair(passage?: Passage): Promise<Pair> {
  const native = new Native()
  const sockets = [1, 2].map(() => {
    const socket = native.createSocket({ ipv6Only: false })
    socket.bind(0, ip)
    return socket
  })
  const way = await between(
    sockets.map((socket) => ({ ip, port: socket.address().port })) as unknown as Ends,
    passage,
  )
  const [a, b] = [native.createStream(1), native.createStream(2)]
  a.connect(sockets[0] as never, 2, way.targets[0].port, ip)
  b.connect(sockets[1] as never, 1, way.targets[1].port, ip)
  for (const [i, stream] of [a, b].entries()) stream.on('close', () => void sockets[i]?.close())
  a.on('close', way.close)
  return [a, b] as unknown as Pair
}

/** Two streams of this package, through a relay where a passage is given. */
export async function ourPair(passage?: Passage): Promise<readonly [Duplex, Duplex]> {
  const udx = await loadUdx()
  const bind = () => udx.bindUdp({ local: { ip, port: 0 } })
  const [a, b] = await Promise.all([bind(), bind()])
  const token = randomBytes(16)
  const way = await between([a.local, b.local], passage)
  const [client, server] = await Promise.all([
    udx.openStream(a, { remote: way.targets[0], role: 'client', token }),
    udx.openStream(b, { remote: way.targets[1], role: 'server', token }),
  ])
  client.on('close', way.close)
  return [client, server]
}

type Ends = readonly [TransportAddress, TransportAddress]

/** The addresses that the two ends send to. */
async function between(
  ends: Ends,
  passage: Passage | undefined,
): Promise<{ targets: Ends; close: () => void }> {
  if (passage === undefined) return { targets: [ends[1], ends[0]], close: () => {} }
  const relay = await relayBetween(ends, passage)
  return { targets: relay.addresses, close: () => relay.close() }
}

/** Megabits per second, one way, for so many bytes. */
export async function rateOf([from, to]: Pair, totalBytes: number): Promise<number> {
  const start = performance.now()
  let received = 0
  const arrived = new Promise<void>((resolve) => {
    to.on('data', (chunk: Uint8Array) => {
      received += chunk.length
      if (received >= totalBytes) resolve()
    })
  })
  for (let sent = 0; sent < totalBytes; sent += CHUNK.length) {
    if (!from.write(CHUNK)) await once(from as Duplex, 'drain')
  }
  await arrived
  const rate = (totalBytes * 8) / 1000 / (performance.now() - start)
  for (const end of [from, to]) end.on('error', () => {})
  from.destroy()
  to.destroy()
  return rate
}

/** The value in the middle. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}
