import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BoxEntry, type HostEntry, KernelInternet } from '@p2pd/lab'
import { far } from '../../test/connect/testbed.ts'
import { startMosquitto } from '../../test/signalling/mosquitto.ts'
import type { Attempt, StartKind } from './attempt.ts'
import { EndProcess } from './end-process.ts'
import type { Installation, Installed } from './install.ts'
import type { Pair } from './pairs.ts'
import type { EndLine, EndSettings } from './programs/end-protocol.ts'
import { type ServerHosts, startServers } from './servers.ts'
import { type Side, sides } from './sides.ts'
import type { System } from './systems.ts'
import { WayCounter } from './way-counter.ts'

/** A listener may take so long to be reachable. */
const LISTEN_LIMIT_MS = 20_000
/** hyperdht searches for 35 s before it gives up. */
const ECHO_LIMIT_MS = 40_000
/** An upgrade of the connection may take a while; the bulk ends by itself. */
const SEND_LIMIT_MS = 20_000
/** The time that a listener and a warm caller get to become idle. */
const IDLE_MS = 1500
/** The bulk: 16 MiB, or what arrives in 1.5 s. */
const BULK = { bytes: 16 * 1024 * 1024, bulkMs: 1500 }

/** Two networks in the kernel Internet, and the servers of all systems. */
export class PeersLab {
  readonly #net: KernelInternet
  readonly #pair: Pair
  readonly #node: string
  readonly #folder: string
  readonly #settings: EndSettings
  readonly #servers: ServerHosts

  private constructor(net: KernelInternet, pair: Pair, node: string, folder: string, servers: ServerHosts) {
    this.#net = net
    this.#pair = pair
    this.#node = node
    this.#folder = folder
    this.#settings = { ...servers.settings, ...BULK, idleMs: 0 }
    this.#servers = servers
  }

  static async open(pair: Pair, installation: Installation, node: string): Promise<PeersLab> {
    const { link } = far()
    const ends = (['caller', 'callee'] as const).map((name) => placed(name, sides[pair[name]]))
    const line = link === undefined ? {} : { link }
    const families = ['IPv4', 'IPv6'] as const
    const net = await KernelInternet.create({
      scenario: {
        hosts: [
          { name: 'server', addresses: 2, families, ...line },
          { name: 'dht', addresses: DHT_NODES, ...line },
          ...ends.map(({ host }) => host),
        ],
        boxes: ends.flatMap(({ boxes }) => boxes),
      },
    })
    const folder = await mkdtemp(join(tmpdir(), 'p2pd-peers-'))
    try {
      const broker = await startMosquitto(net.host('server'), folder)
      const servers = await startServers(net, installation, node, broker)
      return new PeersLab(net, pair, node, folder, servers)
    } catch (error) {
      await net.close()
      throw error
    }
  }

  /** A call between two new processes of a system, through boxes that know no earlier one. */
  async attempt(system: System, { programFile }: Installed, start: StartKind): Promise<Attempt> {
    for (const box of this.#net.plan.boxes) this.#net.box(box.name).restart()
    const counter = new WayCounter('caller/eth0', this.#servers.addresses)
    const untap = this.#net.tap((crossing) => counter.take(crossing))
    const end = (host: 'caller' | 'callee', settings: EndSettings) => {
      const role = host === 'caller' ? 'call' : 'listen'
      const onLine = ({ event }: EndLine) => void (event === 'sending' && counter.reset())
      const args = [programFile(system.program), role, JSON.stringify(settings)]
      return new EndProcess(this.#net.host(host), this.#node, args, onLine)
    }
    const callee = end('callee', this.#settings)
    let caller: EndProcess | undefined
    try {
      const listening = await callee.until('listening', LISTEN_LIMIT_MS)
      if (listening === undefined) return this.#failed(system, start, `the callee: ${callee.complaint}`)
      await delay(IDLE_MS)
      const idleMs = start === 'warm' ? IDLE_MS : 0
      caller = end('caller', { ...this.#settings, idleMs, target: listening.target })
      const echoed = await caller.until('echoed', ECHO_LIMIT_MS)
      if (echoed === undefined) return this.#failed(system, start, caller.complaint)
      const received = await callee.until('received', SEND_LIMIT_MS)
      const { startMs, callMs, cpuMs, rss } = echoed
      return {
        ...this.#base(system, start),
        way: counter.way,
        firstByteMs: start === 'cold' ? startMs + callMs : callMs,
        cpuMs,
        rssBytes: rss,
        importMs: caller.said('imported')?.ms ?? 0,
        ...(received && received.ms > 0 && { bytesPerSecond: (received.bytes * 1000) / received.ms }),
      }
    } finally {
      untap()
      caller?.kill()
      callee.kill()
    }
  }

  async close(): Promise<void> {
    await this.#net.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #base(
    { name }: System,
    start: StartKind,
  ): Pick<Attempt, 'system' | 'start' | 'caller' | 'callee' | 'group'> {
    return { system: name, start, ...this.#pair }
  }

  #failed(system: System, start: StartKind, reason: string): Attempt {
    return { ...this.#base(system, start), way: 'none', reason }
  }
}

/** Enough for hyperdht's tests of a NAT, which ask several nodes. */
const DHT_NODES = 8

/** Adds a host behind the boxes of its side. A packet takes half of R_d from it to any other host. */
function placed(
  name: 'caller' | 'callee',
  { boxes, families }: Side,
): { host: HostEntry; boxes: BoxEntry[] } {
  const { link: direct } = far()
  const { link: behind } = far({ nat: { kind: 'open' } })
  const nameOf = (index: number) => `${name}-box${index}`
  const last = boxes.length - 1
  return {
    host: {
      name,
      ...(families && { families }),
      ...(boxes.length > 0 ? { behind: nameOf(0) } : direct && { link: direct }),
    },
    boxes: boxes.map((box, index) => ({
      ...box,
      name: nameOf(index),
      ...(index < last ? { behind: nameOf(index + 1) } : behind && { link: behind }),
    })),
  }
}
