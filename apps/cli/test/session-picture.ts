/**
 * `npx tsx --conditions=@p2pd/source apps/cli/test/session-picture.ts`: a session of two people at two terminals, as it went just
 * now, as a picture for the README. Bob receives by a code, and Alice sends a folder.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startInfra } from '@p2pd/infra'
import { screenOf, svgOf } from './terminal-svg.ts'

const PICTURE = fileURLToPath(new URL('../../../docs/images/session.svg', import.meta.url))
const PROGRAM = fileURLToPath(new URL('../dist/bin.js', import.meta.url))

/** A terminal of a user, and the command that was typed there. */
class Pane {
  readonly user: string
  readonly command: string
  readonly #child: ChildProcess
  shown = ''

  constructor(user: string, words: readonly string[], env: object) {
    this.user = user
    this.command = `p2pd ${words.join(' ')}`
    const command = `stty cols 100 rows 40; exec ${process.execPath} ${PROGRAM} ${words.join(' ')}`
    this.#child = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
      env: { ...process.env, NODE_OPTIONS: '', TERM: 'xterm', P2PD_PORT_MAPPING: 'off', ...env },
    })
    this.#child.stdout?.on('data', (data: Buffer) => (this.shown += String(data)))
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.shown)
      if (found !== null) return found
      if (this.#child.exitCode !== null) throw new Error(`${this.user}: ${this.shown}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  async ended(): Promise<void> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
    if (this.#child.exitCode !== 0) throw new Error(`${this.user}: ${this.shown}`)
  }
}

async function play(folder: string): Promise<readonly Pane[]> {
  const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
  const servers = join(folder, 'servers.json')
  writeFileSync(servers, JSON.stringify(infra.servers))
  mkdirSync(join(folder, 'holiday/beach'), { recursive: true })
  for (const name of ['harbour', 'sea', 'beach/dunes'])
    writeFileSync(join(folder, `holiday/${name}.jpg`), Buffer.alloc(4_000_000, name))
  process.chdir(folder)
  const at = (user: string, ...words: string[]) =>
    new Pane(user, words, { XDG_CONFIG_HOME: join(folder, user), P2PD_SERVERS: servers })
  try {
    const bob = at('Bob', 'receive', '--code', 'inbox')
    const [, code = ''] = await bob.until(/runs: p2pd send (\d+-\w+-\w+) FILE/)
    const alice = at('Alice', 'send', code, 'holiday')
    await bob.until(/Accept\? \[y\/N\]/)
    bob.type('y\r')
    await Promise.all([alice.ended(), bob.ended()])
    return [bob, alice]
  } finally {
    await infra.close()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'p2pd-session-'))
try {
  const terminals = (await play(folder)).map(({ user, command, shown }) => {
    // Each has its own machine and home in the picture.
    const other = user === 'Bob' ? 'alice' : 'bob'
    const text = shown.replaceAll(folder, '~').replaceAll(` ${hostname()} `, ` ${other}-laptop `)
    return {
      title: user,
      lines: [`$ ${command}`, ...screenOf(text.replaceAll(`"${hostname()}"`, `"${other}-laptop"`))],
    }
  })
  writeFileSync(PICTURE, svgOf(terminals))
} finally {
  rmSync(folder, { recursive: true })
}
