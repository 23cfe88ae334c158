/**
 * `pnpm bench daemon`: requests a second to `/v1/pipes` with open tunnels beside them, compared with a bare Fastify that answers
 * the same bytes. Then the rate of a tunnel, compared with the pipe under it. The client of the tunnel has a separate thread,
 * as it is another program in real life. Both pairs take turns, so that the machine's load affects them alike.
 */
import { createIdentity, startNode } from '@p2pd/node/node'
import fastify from 'fastify'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { startDaemon } from '@p2pd/daemon'

const ROUNDS = 5
const ROUND_MS = 1000
const AT_ONCE = 16
const BYTES = 64 * 1024 * 1024
/** Tunnels that are open, and idle, while requests are counted. */
const TUNNELS = 50

const servers = { stun: [], turn: [], mqtt: [] }
const node = await startNode({ servers, identity: createIdentity() })
const peer = await startNode({ servers, identity: createIdentity() })
const daemon = await startDaemon({ node, port: 0 })
const port = Number(new URL(daemon.url).port)
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Requests a second over connections that are kept. */
async function requestsPerSecond(toPort: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const until = performance.now() + ROUND_MS
  let count = 0
  const one = () =>
    new Promise<void>((resolve, reject) => {
      request({ port: toPort, host: '127.0.0.1', path: '/v1/pipes', agent }, (response) => {
        response.resume().once('end', resolve)
      })
        .once('error', reject)
        .end()
    })
  const client = async () => {
    while (performance.now() < until) {
      await one()
      count++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, client))
  agent.destroy()
  return (count / ROUND_MS) * 1000
}

/** Bytes a second that a peer receives. */
async function received(send: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  let bytes = 0
  const all = new Promise<void>((resolve) => {
    const stop = peer.onPipe((pipe) => {
      stop()
      pipe.stream.on('data', (data: Uint8Array) => {
        bytes += data.length
        if (bytes >= BYTES) resolve()
      })
    })
  })
  await Promise.all([send(), all])
  return BYTES / ((performance.now() - startedAt) / 1000)
}

const block = Buffer.alloc(64 * 1024)
async function write(stream: NodeJS.WritableStream): Promise<void> {
  for (let sent = 0; sent < BYTES; sent += block.length)
    if (!stream.write(block)) await new Promise((resolve) => stream.once('drain', resolve))
}

const address = await peer.address()
async function byPipe(): Promise<void> {
  const pipe = await node.connect(address)
  await write(pipe.stream as unknown as NodeJS.WritableStream)
}

let tunnels = 0
async function openTunnel(): Promise<string> {
  const name = `t${tunnels++}`
  await fetch(`${daemon.url}/p2p/open/${name}/${encodeURIComponent(address)}`)
  return `GET /p2p/pipe/${name} HTTP/1.1\r\nOrigin: null\r\n\r\n`
}

/** A program that writes into a tunnel. */
const writer = new Worker(
  `const { connect } = require('node:net')
  const { parentPort } = require('node:worker_threads')
  const block = Buffer.alloc(64 * 1024)
  parentPort.on('message', async ({ port, request, bytes }) => {
    const socket = connect(port, '127.0.0.1')
    socket.write(request)
    for (let sent = 0; sent < bytes; sent += block.length)
      if (!socket.write(block)) await new Promise((resolve) => socket.once('drain', resolve))
    parentPort.postMessage('sent')
  })`,
  { eval: true },
)

async function byTunnel(): Promise<void> {
  const request = await openTunnel()
  const sent = new Promise((resolve) => writer.once('message', resolve))
  writer.postMessage({ port, request, bytes: BYTES })
  await sent
}

for (let open = 0; open < TUNNELS; open++) {
  const request = await openTunnel()
  connect(port, '127.0.0.1').write(request)
}
await fetch(`${daemon.url}/p2p/open/me/self`)
const body = await (await fetch(`${daemon.url}/v1/pipes`)).text()
const bare = fastify()
bare.get('/v1/pipes', (_, reply) => reply.type('application/json').send(body))
const barePort = Number(new URL(await bare.listen({ port: 0, host: '127.0.0.1' })).port)

const rates: Record<'daemon' | 'bare' | 'pipe' | 'tunnel', number[]> = {
  daemon: [],
  bare: [],
  pipe: [],
  tunnel: [],
}
for (let round = 0; round < ROUNDS; round++) {
  rates.bare.push(await requestsPerSecond(barePort))
  rates.daemon.push(await requestsPerSecond(port))
  rates.pipe.push(await received(byPipe))
  rates.tunnel.push(await received(byTunnel))
}
const [daemonRate, bareRate] = [median(rates.daemon), median(rates.bare)]
console.log(
  `/v1/pipes: ${Math.round(daemonRate)} requests/s, bare Fastify ${Math.round(bareRate)}: ratio ${(daemonRate / bareRate).toFixed(2)}`,
)
const [tunnel, pipe] = [median(rates.tunnel) / 1e6, median(rates.pipe) / 1e6]
console.log(
  `tunnel: ${tunnel.toFixed(0)} MB/s, pipe ${pipe.toFixed(0)} MB/s: ratio ${(tunnel / pipe).toFixed(2)}`,
)
await Promise.all([daemon.close(), peer.close(), bare.close(), writer.terminate()])
process.exit()
