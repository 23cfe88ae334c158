import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './real-brokers.ts'

const NATS = ['/usr/sbin/nats-server', '/usr/local/bin/nats-server', '/opt/homebrew/bin/nats-server'].find(
  existsSync,
)

/** Why tests with NATS cannot run here, or undefined when they can. */
export const natsMissing = NATS ? undefined : 'NATS is not installed (apt install nats-server)'

const SERVERS = [0, 1, 2] as const
const POLL_MS = 100
const CONNACK = 0x20
/** A cluster is up after 3 s; on a busy machine it may take longer. */
const START_LIMIT_MS = 40_000

/** Three NATS servers that speak MQTT. JetStream keeps the retained messages on all of them. */
export interface NatsCluster {
  readonly urls: readonly [string, string, string]
  /** Ends a server as a crash does. */
  kill(server: number): Promise<void>
  /** Starts a server again; resolves when it takes clients and is joined to the others. */
  start(server: number): Promise<void>
  /** No byte passes between this server and the others any more; clients reach it as before. */
  partition(server: number): void
  /** Ends the partition. */
  heal(): Promise<void>
  close(): Promise<void>
}

interface Ports {
  readonly mqtt: number
  readonly cluster: number
  readonly monitor: number
}

/** Starts the cluster on loopback; resolves when its servers have a leader. */
export async function startNatsCluster(): Promise<NatsCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-nats-'))
  const ports = await Promise.all(
    SERVERS.map(async (): Promise<Ports> => {
      const [mqtt, cluster, monitor] = await Promise.all([freePort(), freePort(), freePort()])
      return { mqtt, cluster, monitor }
    }),
  )
  const links: Link[] = []
  const running = new Map<number, ChildProcess>()
  // A ring: JetStream does not start on a server without a route.
  for (const from of SERVERS) {
    const to = (from + 1) % SERVERS.length
    links.push(await Link.open([from, to], ports[to]?.cluster ?? 0))
  }
  const start = async (server: number) => {
    const file = join(folder, `${server}.conf`)
    const routes = links.filter(({ ends: [from] }) => from === server).map(({ port }) => port)
    await writeFile(file, configuration(server, ports[server] as Ports, routes, folder))
    const child = spawn(NATS as string, ['-c', file], { stdio: 'ignore' })
    running.set(server, child)
  }
  const kill = async (server: number) => {
    const child = running.get(server)
    const ended = new Promise<void>((resolve) => void child?.on('exit', () => resolve()))
    if (running.delete(server) && child?.kill('SIGKILL')) await ended
  }
  const joined = () => Promise.all(SERVERS.map((server) => untilJoined(ports[server] as Ports)))
  const close = async () => {
    await Promise.all(SERVERS.map(kill))
    await Promise.all(links.map((link) => link.close()))
    await rm(folder, { recursive: true })
  }
  try {
    for (const server of SERVERS) await start(server)
    await joined()
  } catch (error) {
    await close()
    throw error
  }
  return {
    urls: ports.map(({ mqtt }) => `mqtt://127.0.0.1:${mqtt}`) as [string, string, string],
    kill,
    start: async (server) => {
      await start(server)
      await joined()
    },
    partition: (server) => {
      for (const link of links) if (link.ends.includes(server)) link.cut()
    },
    heal: async () => {
      for (const link of links) link.mend()
      await joined()
    },
    close,
  }
}

/** Servers do not tell each other where they listen: all their traffic takes the links of the test. */
function configuration(server: number, ports: Ports, routes: readonly number[], folder: string): string {
  const urls = routes.map((port) => `nats://127.0.0.1:${port}`).join(', ')
  return `
    server_name: n${server}
    listen: 127.0.0.1:-1
    http: 127.0.0.1:${ports.monitor}
    jetstream { store_dir: "${folder}/${server}", max_memory_store: 16MB, max_file_store: 64MB }
    cluster { name: p2pd, listen: 127.0.0.1:${ports.cluster}, no_advertise: true, routes: [${urls}] }
    mqtt { listen: 127.0.0.1:${ports.mqtt} }
  `
}

/** Asks a server for its health until JetStream has a leader and is up to date there. */
async function untilJoined({ monitor, mqtt }: Ports): Promise<void> {
  const until = Date.now() + START_LIMIT_MS
  while (Date.now() < until) {
    const health = await fetch(`http://127.0.0.1:${monitor}/healthz`).catch(() => undefined)
    const routes = await fetch(`http://127.0.0.1:${monitor}/routez`)
      .then(async (response) => ((await response.json()) as { num_routes: number }).num_routes)
      .catch(() => 0)
    if (health?.ok && routes >= SERVERS.length - 1 && (await takesClients(mqtt))) return
    await delay(POLL_MS)
  }
  throw new Error('the servers of NATS did not find each other')
}

/**
 * Whether a client is let in. The first one has NATS make the streams of MQTT, which takes seconds on a busy machine: longer
 * than a node waits for a broker.
 */
function takesClients(port: number): Promise<boolean> {
  const id = Buffer.from('p2pd-test')
  // CONNECT of MQTT 3.1.1 without a session. MQTT 3.1.1 §3.1.
  const rest = [0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 60, 0, id.length, ...id]
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => void socket.write(Uint8Array.of(0x10, rest.length, ...rest)))
    socket.on('data', ([kind]) => {
      resolve(kind === CONNACK)
      socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(false))
  })
}

/** The way from one server to another, which a test can cut unnoticed by both servers. */
class Link {
  readonly ends: readonly [number, number]
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCut = false

  private constructor(ends: readonly [number, number], target: number) {
    this.ends = ends
    this.#server = createServer((near) => {
      const far = connect(target, '127.0.0.1')
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          this.#sockets.delete(socket)
          if (!this.#isCut) other.destroy()
        })
        // On a link that is cut, bytes are taken and dropped.
        socket.on('data', (data) => void (this.#isCut || other.write(data)))
      }
    })
  }

  static async open(ends: readonly [number, number], target: number): Promise<Link> {
    const link = new Link(ends, target)
    await new Promise<void>((resolve) => void link.#server.listen(0, '127.0.0.1', resolve))
    return link
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  cut(): void {
    this.#isCut = true
  }

  /** The servers dial again: what was dropped is gone from the old connections. */
  mend(): void {
    if (!this.#isCut) return
    this.#isCut = false
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => void this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
