import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programFile } from '@p2pd/netif/testing'
import { addContact } from '@p2pd/node'
import { loadIdentity, updateContacts, verifyEd25519 } from '@p2pd/node/node'
import type { ExecResult, KernelHost } from '../../src/kernel/kernel-host.ts'

/** A program that runs, with the text that it has printed on both outputs. */
export interface Started {
  readonly program: ChildProcess
  /** The place of a pattern in the output; fails when the program ends before, or does not say it in time. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  /** Ends it as `kill` does, and waits until it has ended. */
  stop(): Promise<void>
}

/** Three times what a command has taken beside other work. */
const PATIENCE_MS = 60_000

/** The users of one lab, one for each host: a home folder, settings, and the command `p2pd` on the PATH. */
export class Users {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async create(): Promise<Users> {
    const users = new Users(await mkdtemp(join(tmpdir(), 'p2pd-users-')))
    await users.program('node', `exec '${process.execPath}' "$@"`)
    await users.program('p2pd', `exec '${process.execPath}' '${programFile('bin')}' "$@"`)
    return users
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts)
  }

  /** Puts a shell script on the PATH of the users. */
  async program(name: string, script: string): Promise<void> {
    await mkdir(this.path('bin'), { recursive: true })
    await writeFile(this.path('bin', name), `#!/bin/sh\n${script}\n`)
    await chmod(this.path('bin', name), 0o755)
  }

  /** Makes two users contacts of each other. */
  async acquaint(one: string, other: string): Promise<void> {
    const settings = (name: string, file: string) => this.path(name, 'config', 'p2pd', file)
    const [ids] = [
      await Promise.all([one, other].map((name) => loadIdentity(settings(name, 'identity.pem')))),
    ]
    for (const [index, name] of [one, other].entries()) {
      const contact = { name: index === 0 ? other : one, target: ids[1 - index]?.id ?? '' }
      await updateContacts(
        (contacts) => addContact(contacts, contact, verifyEd25519),
        settings(name, 'contacts.json'),
      )
    }
  }

  /** Runs a shell command of the user of a host, to its end. */
  async run(host: KernelHost, command: string): Promise<ExecResult> {
    return host.exec('sh', ['-c', `cd && ${command}`], { env: await this.#environment(host) })
  }

  /** Starts a shell command of the user of a host. Standard input is a pipe. */
  async start(host: KernelHost, command: string): Promise<Started> {
    const env = await this.#environment(host)
    const program = host.spawn('sh', ['-c', `cd && exec ${command}`], { stdio: 'pipe', env })
    let said = ''
    let isOver = false
    let changed = () => {}
    for (const stream of [program.stdout, program.stderr])
      stream?.on('data', (data: Buffer) => {
        said += data.toString()
        changed()
      })
    program.once('close', () => {
      isOver = true
      changed()
    })
    const until: Started['until'] = async (pattern) => {
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        changed()
      }, PATIENCE_MS)
      try {
        for (;;) {
          const found = pattern.exec(said)
          if (found !== null) return found
          const how = isOver ? 'ended' : 'went on'
          if (isOver || isLate) throw new Error(`"${command}" ${how} without ${String(pattern)}: ${said}`)
          await new Promise<void>((resolve) => (changed = resolve))
        }
      } finally {
        clearTimeout(timer)
      }
    }
    const stop = async () => {
      if (program.exitCode !== null || program.signalCode !== null) return
      const ended = once(program, 'exit') // Not its outputs: a program that it has started may hold them.
      program.kill()
      await ended
    }
    return { program, until, stop }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true })
  }

  async #environment({ name }: KernelHost): Promise<NodeJS.ProcessEnv> {
    const home = this.path(name)
    await mkdir(home, { recursive: true })
    return {
      HOME: home,
      XDG_CONFIG_HOME: join(home, 'config'),
      PATH: `${this.path('bin')}:/usr/bin:/bin:/usr/sbin:/sbin`,
      P2PD_SERVERS: this.path('servers.json'),
      P2PD_PORT_MAPPING: 'off',
      NODE_OPTIONS: '',
    }
  }
}
