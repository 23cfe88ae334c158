/** Datagrams per second over loopback, as a ratio to `node:dgram` in the same run. */
import { createSocket, type Socket } from 'node:dgram'
import { systemNetwork } from '@p2pd/netif/node'

const COUNT = 100_000
const BURST = 50 // less than a receive buffer holds
const PAYLOAD = new Uint8Array(1200)
const local = { ip: '127.0.0.1', port: 0 }

async function rawRate(): Promise<number> {
  const [from, to] = await Promise.all([rawSocket(), rawSocket()])
  const { port } = to.address()
  to.on('message', () => {})
  const rate = await rateOf(() => from.send(PAYLOAD, port, local.ip))
  from.close()
  to.close()
  return rate
}

async function ourRate(): Promise<number> {
  const [from, to] = await Promise.all([systemNetwork.bindUdp({ local }), systemNetwork.bindUdp({ local })])
  to.onMessage(() => {})
  const rate = await rateOf(() => from.send(PAYLOAD, to.local))
  from.close()
  to.close()
  return rate
}

function rawSocket(): Promise<Socket> {
  const socket = createSocket('udp4')
  return new Promise((resolve) => socket.bind(0, local.ip, () => resolve(socket)))
}

async function rateOf(send: () => void): Promise<number> {
  const start = performance.now()
  for (let sent = 0; sent < COUNT; sent += BURST) {
    for (let i = 0; i < BURST; i++) send()
    await new Promise(setImmediate)
  }
  return COUNT / ((performance.now() - start) / 1000)
}

await rawRate() // warms up both
await ourRate()
const rounds = []
for (let round = 0; round < 5; round++) rounds.push({ raw: await rawRate(), ours: await ourRate() })
const ratios = rounds.map(({ raw, ours }) => ours / raw).sort((a, b) => a - b)
const best = Math.max(...rounds.map(({ ours }) => ours))
console.log(
  `datagrams: ${ratios[2]?.toFixed(2)} of dgram's rate (median of 5), at best ${Math.round(best)} a second`,
)
