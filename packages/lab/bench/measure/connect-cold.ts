import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { KernelInternet, type KernelHost, type PresetName } from '@p2pd/lab'
import { far, R_D, R_S } from '../../test/connect/testbed.ts'
import { startCoturn } from '../../test/kernel/tools.ts'
import { startMosquitto } from '../../test/signalling/mosquitto.ts'
import { type Marks, marksOf } from './call-phases.ts'

/** The NATs before caller and callee; none by default. */
export interface ColdCase {
  readonly name: string
  readonly caller?: PresetName
  readonly callee?: PresetName
  /** The travel time of the messages alone, from the offer until the caller has authenticated the peer. */
  readonly floorMs: number
}

/** The offer or the record, from the middle of a signalling round trip. */
const HALF_SIGNALLED_MS = R_S / 2
/** A punch or TCP's handshake takes one round trip, TLS another one. */
const DIALLED_MS = HALF_SIGNALLED_MS + 2 * R_D
/** Two known mappings: the first packets cross after half a round trip. */
const CROSSED_MS = HALF_SIGNALLED_MS + 1.5 * R_D
/** TCP's handshake ends at the callee. The caller, for its proof of the peer, needs half a round trip more. */
const DIALLED_BACK_MS = HALF_SIGNALLED_MS + 2.5 * R_D

/** One call, as the caller's process reports it. */
export interface ColdCall {
  readonly elapsedMs: number
  readonly strategy: string
  readonly marks: Marks
}

export const COLD_CASES: readonly ColdCase[] = [
  { name: 'home calls home', caller: 'home', callee: 'home', floorMs: CROSSED_MS },
  { name: 'full-cone calls home', caller: 'full-cone-equal', callee: 'home', floorMs: CROSSED_MS },
  { name: 'home calls open', caller: 'home', floorMs: DIALLED_MS },
  { name: 'open calls home', callee: 'home', floorMs: DIALLED_BACK_MS },
]

const BIN = fileURLToPath(new URL('../../../../apps/cli/dist/bin.js', import.meta.url))
/** `COLD_NODE_ARGUMENTS='--cpu-prof --cpu-prof-dir=DIR'` has both ends leave a profile of what they computed. */
const NODE_ARGUMENTS = process.env['COLD_NODE_ARGUMENTS']?.split(' ') ?? []
/** The time that a listener gets to become idle. */
const IDLE_MS = 2500

/** Programs of Debian packages that the lab starts. */
export const COLD_PROGRAMS = ['mosquitto', 'turnserver']

/** A lab in which the built command calls itself, a new process for each end. */
export class ColdLab {
  readonly #net: KernelInternet
  readonly #folder: string
  readonly #program: readonly string[]
  readonly #common: readonly string[]

  private constructor(net: KernelInternet, folder: string, bin: string, servers: string) {
    this.#net = net
    this.#folder = folder
    this.#program = [...NODE_ARGUMENTS, bin]
    this.#common = ['--json', '--log-level', 'debug', '--servers', servers, '--identity']
  }

  /**
   * Mosquitto as Debian configures it, coturn for STUN, and a box before each end that has a preset. The command is that of
   * the workspace, or the one installed as `bin`.
   */
  static async open({ caller, callee }: Omit<ColdCase, 'floorMs'>, bin = BIN): Promise<ColdLab> {
    if (!existsSync(bin)) throw new Error(`${bin} is missing: run pnpm build`)
    const { link } = far()
    const { link: behind } = far({ nat: { kind: 'open' } })
    const ends = Object.entries({ caller, callee })
    const hosts = ends.map(([name, preset]) =>
      preset === undefined ? { name, ...(link && { link }) } : { name, behind: `${name}-box` },
    )
    const boxes = ends.flatMap(([name, preset]) =>
      preset === undefined ? [] : [{ name: `${name}-box`, preset, ...(behind && { link: behind }) }],
    )
    const server = { name: 'server', addresses: 2, ...(link && { link }) }
    const net = await KernelInternet.create({ scenario: { hosts: [server, ...hosts], boxes } })
    const folder = await mkdtemp(join(tmpdir(), 'p2pd-cold-'))
    const stun = await startCoturn(net.host('server'))
    const broker = await startMosquitto(net.host('server'), folder)
    const file = join(folder, 'servers.json')
    const uris = [`stun:${stun}:3478`, `stun:${stun}:3478?transport=tcp`]
    await writeFile(file, JSON.stringify({ stun: uris, mqtt: [broker] }))
    return new ColdLab(net, folder, bin, file)
  }

  /** A fresh listener, then two fresh callers one after the other. */
  async round(): Promise<readonly [ColdCall, ColdCall]> {
    const args = [...this.#program, 'listen', '--echo', ...this.#common, join(this.#folder, 'callee')]
    const listener = this.#net.host('callee').spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment(this.#folder),
    })
    const logged: string[] = []
    createInterface({ input: listener.stderr as NodeJS.ReadableStream }).on('line', (line) =>
      logged.push(line),
    )
    try {
      const { id } = JSON.parse(await lineWith(listener, '"listening"')) as { id: string }
      await delay(IDLE_MS)
      const first = await this.#call(id, logged)
      return [first, await this.#call(id, logged)]
    } finally {
      listener.kill('SIGTERM')
    }
  }

  async close(): Promise<void> {
    await this.#net.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #call(id: string, logged: string[]): Promise<ColdCall> {
    logged.length = 0
    const args = [...this.#program, 'connect', id, '--send', 'hello', '--recv', '5', ...this.#common]
    const caller: KernelHost = this.#net.host('caller')
    const { stdout, stderr } = await caller.exec(process.execPath, [...args, join(this.#folder, 'caller')], {
      env: environment(this.#folder),
    })
    const lines = stdout.trim().split('\n')
    const events = lines.map((line) => JSON.parse(line || '{}') as { event?: string } & ColdCall)
    const connected = events.find(({ event }) => event === 'connected')
    if (connected === undefined) throw new Error(`no connection: ${stdout} ${stderr}`)
    const { elapsedMs, strategy } = connected
    return { elapsedMs, strategy, marks: marksOf(stderr.split('\n'), logged) }
  }
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '', HOME: folder, XDG_CONFIG_HOME: folder }
}

/** Resolves with the first line of a program's output that contains a text. */
function lineWith(program: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: program.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (line.includes(text)) resolve(line)
    })
    program.once('exit', (status) => reject(new Error(`ended with ${status} before it said "${text}"`)))
  })
}
