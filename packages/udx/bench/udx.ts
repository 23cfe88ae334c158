/** Throughput over loopback: the stream of this package, and TLS over it, relative to `udx-native` in the same run. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { loadUdx } from '@p2pd/udx/node'
import { securePair } from '../src/nodejs/testdata/tls-pair.ts'
import { importNative } from '../src/nodejs/udx-native.ts'

const TOTAL_BYTES = 128 * 1024 * 1024
const CHUNK = new Uint8Array(64 * 1024)
const ROUNDS = 5
const ip = '127.0.0.1'

/** The members that a raw stream and this package's stream share. */
type Stream = Pick<Duplex, 'write' | 'end' | 'once' | 'on' | 'destroy'>
type Pair = readonly [Stream, Stream]

const Native = await importNative()

function rawPair(): Pair {
  const native = new Native()
  const sockets = [1, 2].map(() => {
    const socket = native.createSocket({ ipv6Only: false })
    socket.bind(0, ip)
    return socket
  })
  const [a, b] = [native.createStream(1), native.createStream(2)]
  a.connect(sockets[0] as never, 2, sockets[1]?.address().port ?? 0, ip)
  b.connect(sockets[1] as never, 1, sockets[0]?.address().port ?? 0, ip)
  for (const [i, stream] of [a, b].entries()) stream.on('close', () => void sockets[i]?.close())
  return [a, b] as unknown as Pair
}

async function ourPair(): Promise<readonly [Duplex, Duplex]> {
  const udx = await loadUdx()
  const bind = () => udx.bindUdp({ local: { ip, port: 0 } })
  const [a, b] = await Promise.all([bind(), bind()])
  const token = randomBytes(16)
  return Promise.all([
    udx.openStream(a, { remote: b.local, role: 'client', token }),
    udx.openStream(b, { remote: a.local, role: 'server', token }),
  ])
}

/** Megabits per second, one way. */
async function rateOf([from, to]: Pair): Promise<number> {
  const start = performance.now()
  let received = 0
  const arrived = new Promise<void>((resolve) => {
    to.on('data', (chunk: Uint8Array) => {
      received += chunk.length
      if (received === TOTAL_BYTES) resolve()
    })
  })
  for (let sent = 0; sent < TOTAL_BYTES; sent += CHUNK.length) {
    if (!from.write(CHUNK)) await once(from as Duplex, 'drain')
  }
  await arrived
  const rate = (TOTAL_BYTES * 8) / 1000 / (performance.now() - start)
  to.on('error', () => {})
  from.destroy()
  to.destroy()
  return rate
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0

await rateOf(rawPair()) // warms up
const rounds = []
for (let round = 0; round < ROUNDS; round++) {
  const raw = await rateOf(rawPair())
  const ours = await rateOf(await ourPair())
  const tls = await rateOf(await securePair(await ourPair()))
  rounds.push({ raw, ours, tls })
}
const mbit = (rate: number) => `${Math.round(rate)} Mbit/s`
console.log(`udx-native: ${mbit(median(rounds.map(({ raw }) => raw)))}`)
for (const [name, key] of [
  ['our stream', 'ours'],
  ['TLS over it', 'tls'],
] as const) {
  const ratio = median(rounds.map((round) => round[key] / round.raw))
  const rate = median(rounds.map((round) => round[key]))
  console.log(`${name}: ${mbit(rate)}, ${ratio.toFixed(2)} of udx-native (median of ${ROUNDS})`)
}
