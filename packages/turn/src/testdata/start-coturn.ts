import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemNetwork } from '@p2pd/netif/node'
import { CERTIFICATE, PRIVATE_KEY } from '@p2pd/stun/testing'

export const USER = { username: 'u', password: 'p' }

/** A coturn on loopback, a process of its own. */
export interface Coturn {
  readonly port: number
  /** All that it has logged. */
  log(): string
  /** Resolves when a line has matched that was logged after `since` characters. */
  logged(pattern: RegExp, since?: number): Promise<void>
  stop(): Promise<void>
}

export function hasCoturn(): boolean {
  try {
    execFileSync('which', ['turnserver'])
    return true
  } catch {
    return false
  }
}

/** A port that was free for UDP and TCP a moment ago. */
export async function freePort(ip = '127.0.0.1'): Promise<number> {
  const listener = await systemNetwork.listenTcp({ local: { ip, port: 0 } })
  await listener.close()
  return listener.local.port
}

export interface CoturnOptions {
  readonly port?: number
  readonly ip?: string
  /** Without the user `u:p` when false. */
  readonly withUser?: boolean
  /** Runs on this core alone. @default on all */
  readonly core?: number
}

/** Starts coturn with more flags, and waits until it listens. */
export async function startCoturn(flags: readonly string[] = [], options: CoturnOptions = {}): Promise<Coturn> {
  const { ip = '127.0.0.1', withUser = true, core } = options
  const port = options.port ?? (await freePort(ip))
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-turn-'))
  const file = (name: string, text = '') => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const pinned = core === undefined ? [] : ['taskset', '-c', `${core}`]
  const [program = '', ...args] = [...pinned, 'turnserver']
  const child = spawn(program, [
    ...args,
    ...['-c', '/dev/null', '--no-cli', '--log-file=stdout', '-v', '-L', ip, '-p', `${port}`],
    ...['--no-dtls', '--lt-cred-mech', '-r', 'r.test', '--allow-loopback-peers'],
    ...['--cert', file('c.pem', CERTIFICATE), '--pkey', file('k.pem', PRIVATE_KEY)],
    ...[`--tls-listening-port=${port}`, `--userdb=${file('users')}`, `--pidfile=${join(folder, 'pid')}`],
    ...(withUser ? ['-u', 'u:p'] : []),
    ...flags,
  ])
  let log = ''
  const waiting = new Set<() => void>()
  const take = (chunk: Buffer) => {
    log += chunk.toString()
    for (const look of waiting) look()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const over = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const logged = (pattern: RegExp, since = 0) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!pattern.test(log.slice(since))) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  await listening(ip, port, child)
  const stop = async () => {
    child.kill('SIGKILL')
    await over
    rmSync(folder, { recursive: true, force: true })
  }
  return { port, log: () => log, logged, stop }
}

/** Dials until the server accepts. */
async function listening(ip: string, port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`turnserver ended with status ${child.exitCode}`)
    try {
      const { stream } = await systemNetwork.dial({ remote: { ip, port } })
      stream.destroy()
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
