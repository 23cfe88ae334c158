/**
 * `pnpm bench commands`: forwarding. One connection beside a pipe, a thousand connections of which one is stuck, typing beside
 * a bulk copy, and round trips of `ping`. The far end and the programs that are forwarded are separate processes; the path is
 * loopback. `P2PD_BENCH_ONLY` names the parts to run: throughput, many, typing, ping.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Node } from '@p2pd/node'
import {
  createIdentity,
  listenLocally,
  parseEndpoint,
  PeerLink,
  PING_SERVICE,
  startNode,
} from '@p2pd/node/node'

const BYTES = (process.env['P2PD_BENCH_FULL'] === '1' ? 1024 : 128) * 1_048_576
const BLOCK = Buffer.alloc(65_536)
const ROUNDS = 9
const CONNECTIONS = 1000
const KEYS = 300
const KEY_EVERY_MS = 10

const median = (values: readonly number[]) => quantile(values, 0.5)
const quantile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ??
  Number.NaN
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const start = (name: string, ...args: string[]) =>
  fork(fileURLToPath(new URL(`ends/${name}.ts`, import.meta.url)), args, { execArgv: [...process.execArgv] })
const message = async <T>(from: ChildProcess) => (await once(from, 'message'))[0] as T

const programs = start('programs')
const ports = await message<{ sink: number; echo: number }>(programs)
const callee = start('callee', `sink=${ports.sink}`, `echo=${ports.echo}`)

/** Local port of a forwarding to a service, and what closes it. */
async function forwarded(node: Node, target: string, service: string) {
  const link = new PeerLink({ node, target, service })
  await link.open()
  const listener = await listenLocally(parseEndpoint('0'), () => link.openStream())
  const port = 'port' in listener.local ? listener.local.port : 0
  const close = async () => {
    listener.close()
    await link.close()
  }
  return { port, close }
}

async function write(stream: NodeJS.WritableStream): Promise<void> {
  for (let sent = 0; sent < BYTES; sent += BLOCK.length) if (!stream.write(BLOCK)) await once(stream, 'drain')
  stream.end()
}

/** Megabytes a second, and milliseconds of processor time for 100 MB of both ends. */
interface Rate {
  readonly perSecond: number
  readonly cpuMs: readonly number[]
}

async function usage(): Promise<readonly number[]> {
  const far = message<NodeJS.CpuUsage>(callee)
  callee.send({})
  return [process.cpuUsage(), await far].map(({ user, system }) => (user + system) / 1000)
}

/** The rate until the last byte is at the far end, `from` says how many there were. */
async function rate(from: ChildProcess, begin: () => Promise<void> | void): Promise<Rate> {
  const before = await usage()
  const arrived = message<{ bytes: number }>(from)
  const startedAt = performance.now()
  await begin()
  if ((await arrived).bytes !== BYTES) throw new Error('bytes were lost')
  const perSecond = BYTES / 1e3 / (performance.now() - startedAt)
  const after = await usage()
  const cpuMs = after.map((ms, end) => (ms - (before[end] ?? 0)) / (BYTES / 1e8))
  return { perSecond, cpuMs }
}

const dial = async (port: number): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

/** Milliseconds until a byte is back. */
async function roundTrip(socket: Socket): Promise<number> {
  const startedAt = performance.now()
  socket.write('k')
  await once(socket, 'data')
  return performance.now() - startedAt
}

async function throughput(node: Node, target: string): Promise<void> {
  const { port, close } = await forwarded(node, target, 'sink')
  const rates: number[] = []
  const costs: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const pipe = await node.connect(target, { service: 'pipe' })
    const bare = await rate(callee, () => write(pipe.stream))
    await pipe.close().catch(() => {}) // Both ends have ended it.
    const forward = await rate(programs, () => void programs.send({ port, bytes: BYTES }))
    rates.push(forward.perSecond / bare.perSecond)
    costs.push(Math.max(...bare.cpuMs) / Math.max(...forward.cpuMs))
    console.log(`pipe ${inWords(bare)}; forwarded ${inWords(forward)}: ${(rates.at(-1) ?? 0).toFixed(2)}`)
  }
  await close()
  console.log(`one forwarded connection: ${median(rates).toFixed(2)} of a pipe by the clock (at least 0.85)`)
  console.log(`the same by the processor time of the busier node: ${median(costs).toFixed(2)}`)
}

const inWords = ({ perSecond, cpuMs: [near = 0, far = 0] }: Rate) =>
  `${perSecond.toFixed(0)} MB/s (${near.toFixed(0)} and ${far.toFixed(0)} ms for 100 MB)`

async function many(node: Node, target: string): Promise<void> {
  const echo = await forwarded(node, target, 'echo')
  const stuck = await dial(echo.port)
  stuck.pause()
  const drains = () => Promise.race([once(stuck, 'drain').then(() => true), later(300).then(() => false)])
  while (stuck.write(BLOCK) || (await drains()));
  const startedAt = performance.now()
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => dial(echo.port)))
  const answers = await Promise.allSettled(sockets.map(roundTrip))
  const failed = answers.filter(({ status }) => status === 'rejected').length
  const seconds = (performance.now() - startedAt) / 1000
  for (const socket of [...sockets, stuck]) socket.destroy()
  await echo.close()
  console.log(`${CONNECTIONS} connections beside a stuck one: ${failed} failed, ${seconds.toFixed(1)} s`)
}

/** Round trips of single bytes while a copy fills the same session. */
async function typing(node: Node, target: string): Promise<void> {
  const echo = await forwarded(node, target, 'echo')
  const keys = await dial(echo.port)
  const alone: number[] = []
  for (let key = 0; key < KEYS / 3; key++) alone.push(await roundTrip(keys))
  const bulk = await dial(echo.port)
  bulk.resume()
  let isOver = false
  const startedAt = performance.now()
  const copying = (async () => {
    while (!isOver) if (!bulk.write(BLOCK)) await Promise.race([once(bulk, 'drain'), later(100)])
  })()
  const beside: number[] = []
  for (let key = 0; key < KEYS; key++) {
    beside.push(await roundTrip(keys))
    await later(KEY_EVERY_MS)
  }
  isOver = true
  await copying
  const copied = bulk.bytesRead / 1e3 / (performance.now() - startedAt)
  bulk.destroy()
  keys.destroy()
  await echo.close()
  const [roundTripMs, p95] = [median(alone), quantile(beside, 0.95)]
  const limit = (2 * roundTripMs + 20).toFixed(1)
  console.log(
    `typing beside a copy: p95 ${p95.toFixed(1)} ms, p50 ${median(beside).toFixed(1)} ms (p95 at most ${limit}), ${copied.toFixed(0)} MB/s each way`,
  )
}

/** The round trips that `ping` measures, beside those of a bare TCP connection to another process. */
async function ping(node: Node, target: string): Promise<void> {
  const pipe = await node.connect(target, { service: PING_SERVICE })
  const data = Uint8Array.of(0, 0, 0, 1)
  const pings: number[] = []
  for (let i = 0; i < 100; i++) {
    const startedAt = performance.now()
    await pipe.send(data)
    await pipe.recv({ timeoutMs: 5000 })
    pings.push(performance.now() - startedAt)
  }
  await pipe.close()
  const bare = await dial(ports.echo)
  const path: number[] = []
  for (let i = 0; i < 100; i++) path.push(await roundTrip(bare))
  bare.destroy()
  const over = median(pings) - median(path)
  console.log(`ping: ${median(pings).toFixed(2)} ms, ${over.toFixed(2)} ms above bare TCP (at most 1 ms)`)
}

const only = process.env['P2PD_BENCH_ONLY'] ?? 'throughput many typing ping'
const { address } = await message<{ address: string }>(callee)
const node = await startNode({
  servers: { stun: [], turn: [], mqtt: [] },
  identity: createIdentity(),
  portMapping: false,
})
try {
  for (const part of [throughput, many, typing, ping]) if (only.includes(part.name)) await part(node, address)
} finally {
  await node.close()
  callee.disconnect()
  programs.disconnect()
}
