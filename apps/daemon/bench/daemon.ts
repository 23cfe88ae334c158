/**
 * `pnpm bench daemon`: requests a second to `/v1/pipes` with open tunnels beside them, compared with a bare Fastify that answers
 * the same bytes. Then the rate of a tunnel, compared with the pipe under it. The daemon, its peer, the bare Fastify and the
 * client are four processes. Both pairs take turns, so that the machine's load affects them alike.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Done, Order } from './measure/program.ts'

const ROUNDS = 5
const ROUND_MS = 1000
const AT_ONCE = 16
const BYTES = 64 * 1024 * 1024
/** Tunnels that are open, and idle, while requests are counted. */
const TUNNELS = 50
const BLOCK = Buffer.alloc(64 * 1024)

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** A program that carries out orders. */
class Program {
  readonly #child: ChildProcess = fork(fileURLToPath(new URL('./measure/program.ts', import.meta.url)))

  /** Resolves with the answer once the order is carried out. */
  async order(order: Order): Promise<string> {
    const done = new Promise<string>((resolve) => {
      const take = ({ type, text }: Done) => {
        if (type !== order.type) return
        this.#child.off('message', take)
        resolve(text)
      }
      this.#child.on('message', take)
    })
    this.#child.send(order)
    return done
  }

  end(): void {
    this.#child.kill()
  }
}

const [peer, daemon, bare] = [new Program(), new Program(), new Program()]
const address = await peer.order({ type: 'peer' })
const url = await daemon.order({ type: 'daemon' })
const portOf = (text: string) => Number(new URL(text).port)

/** Requests a second over connections that are kept, and the CPU time of each in microseconds. */
async function requestsPerSecond(program: Program, port: number): Promise<{ rate: number; cpuUs: number }> {
  const cpuBefore = Number(await program.order({ type: 'cpu' }))
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const until = performance.now() + ROUND_MS
  let count = 0
  const one = () =>
    new Promise<void>((resolve, reject) => {
      request({ port, host: '127.0.0.1', path: '/v1/pipes', agent }, (response) => {
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
  const cpuUs = (Number(await program.order({ type: 'cpu' })) - cpuBefore) / count
  return { rate: (count / ROUND_MS) * 1000, cpuUs }
}

/** Bytes a second, and the CPU time of daemon and peer for each MB. */
interface Moved {
  readonly rate: number
  readonly daemonUs: number
  readonly peerUs: number
}

/** Measures from the beginning of `send` until the peer has the bytes. */
async function rateOf(open: () => Promise<() => Promise<unknown>>): Promise<Moved> {
  const arrived = peer.order({ type: 'expect', bytes: BYTES })
  const send = await open()
  const cpu = async () =>
    (await Promise.all([daemon, peer].map((one) => one.order({ type: 'cpu' })))).map(Number)
  const before = await cpu()
  const startedAt = performance.now()
  await Promise.all([send(), arrived])
  const rate = BYTES / ((performance.now() - startedAt) / 1000)
  const [daemonUs = 0, peerUs = 0] = (await cpu()).map((us, at) => (us - (before[at] ?? 0)) / (BYTES / 1e6))
  return { rate, daemonUs, peerUs }
}

async function openPipe(): Promise<() => Promise<unknown>> {
  await daemon.order({ type: 'call', address })
  return () => daemon.order({ type: 'write', bytes: BYTES })
}

let tunnels = 0
async function openTunnel(): Promise<Socket> {
  const name = `t${tunnels++}`
  await fetch(`${url}/p2p/open/${name}/${encodeURIComponent(address)}`)
  const socket = connect(portOf(url), '127.0.0.1')
  socket.write(
    `GET /p2p/pipe/${name} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: p2pd\r\n\r\n`,
  )
  await once(socket, 'data')
  return socket
}

async function openBusyTunnel(): Promise<() => Promise<unknown>> {
  const socket = await openTunnel()
  return async () => {
    for (let sent = 0; sent < BYTES; sent += BLOCK.length)
      if (!socket.write(BLOCK)) await once(socket, 'drain')
  }
}

for (let open = 0; open < TUNNELS; open++) await openTunnel()
const body = await (await fetch(`${url}/v1/pipes`)).text()
const bareUrl = await bare.order({ type: 'bare', body })

const cpu = { daemon: [] as number[], bare: [] as number[] }
const rates = { daemon: [] as number[], bare: [] as number[] }
const moved = { pipe: [] as Moved[], tunnel: [] as Moved[] }
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, program, where] of [
    ['bare', bare, bareUrl],
    ['daemon', daemon, url],
  ] as const) {
    const { rate, cpuUs } = await requestsPerSecond(program, portOf(where))
    rates[name].push(rate)
    cpu[name].push(cpuUs)
  }
  moved.pipe.push(await rateOf(openPipe))
  moved.tunnel.push(await rateOf(openBusyTunnel))
}
const [daemonRate, bareRate] = [median(rates.daemon), median(rates.bare)]
console.log(
  `/v1/pipes: ${Math.round(daemonRate)} requests/s beside ${TUNNELS} tunnels, bare Fastify ${Math.round(bareRate)}: ratio ${(daemonRate / bareRate).toFixed(2)}`,
)
const [daemonUs, bareUs] = [median(cpu.daemon), median(cpu.bare)]
console.log(
  `CPU of a request: ${daemonUs.toFixed(0)} us, so ${Math.floor(1e6 / daemonUs)} a second on one core; bare Fastify ${bareUs.toFixed(0)} us: ratio ${(bareUs / daemonUs).toFixed(2)}`,
)
const figureOf = (name: 'pipe' | 'tunnel', field: keyof Moved) => median(moved[name].map((one) => one[field]))
const [tunnel, pipe] = [figureOf('tunnel', 'rate') / 1e6, figureOf('pipe', 'rate') / 1e6]
console.log(
  `tunnel: ${tunnel.toFixed(0)} MB/s, pipe ${pipe.toFixed(0)} MB/s: ratio ${(tunnel / pipe).toFixed(2)}`,
)
for (const name of ['pipe', 'tunnel'] as const) {
  const [daemonMs, peerMs] = [figureOf(name, 'daemonUs') / 1000, figureOf(name, 'peerUs') / 1000]
  console.log(`CPU of a MB by the ${name}: daemon ${daemonMs.toFixed(2)} ms, peer ${peerMs.toFixed(2)} ms`)
}
for (const program of [peer, daemon, bare]) program.end()
process.exit()
