/** Datagrams a second, sent and received, as a ratio to raw `dgram`. */
import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { openPipe } from '@p2pd/pipe/node'
import { compare } from './measure/compare.ts'

const COUNT = 20_000
/** Fewer than a receive buffer holds, so that none is lost. */
const BURST = 50
const PAYLOAD = new Uint8Array(1200)
const LOOPBACK = { ip: '127.0.0.1', port: 0 }

/** Sends bursts, each when the one before has arrived; datagrams that arrived in a second. */
async function exchange(send: () => unknown, received: () => number): Promise<number> {
  const start = performance.now()
  for (let sent = 0; sent < COUNT; ) {
    for (let i = 0; i < BURST; i++, sent++) send()
    while (received() < sent) await new Promise(setImmediate)
  }
  return COUNT / (performance.now() - start)
}

/** Connected, the kernel knows the way beforehand; without, a program sends as a pipe does underneath. */
async function raw(isConnected: boolean): Promise<number> {
  const [from, to] = [createSocket('udp4'), createSocket('udp4')]
  for (const socket of [from, to]) {
    socket.bind(LOOPBACK.port, LOOPBACK.ip)
    await once(socket, 'listening')
  }
  const { port } = to.address()
  if (isConnected) {
    from.connect(port, LOOPBACK.ip)
    await once(from, 'connect')
  }
  let got = 0
  to.on('message', () => got++)
  const rate = await exchange(
    isConnected ? () => from.send(PAYLOAD) : () => from.send(PAYLOAD, port, LOOPBACK.ip),
    () => got,
  )
  from.close()
  to.close()
  return rate
}

async function ours(): Promise<number> {
  const to = await openPipe({ transport: 'udp', local: LOOPBACK })
  const from = await openPipe({ transport: 'udp', dest: to.local, local: LOOPBACK })
  let got = 0
  to.onMessage(() => got++)
  const rate = await exchange(
    () => from.send(PAYLOAD),
    () => got,
  )
  await Promise.all([from.close(), to.close()])
  return rate
}

await compare('UDP pipe, datagrams a second, of a connected dgram socket', 0.85, {
  raw: () => raw(true),
  ours,
})
await compare('UDP pipe, datagrams a second, of an unconnected dgram socket', 0.85, {
  raw: () => raw(false),
  ours,
})
