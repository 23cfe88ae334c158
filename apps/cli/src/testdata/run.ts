import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { main } from '../main.ts'
import { checkEvents } from './check-events.ts'

/** A command that runs, as a test sees it. */
export interface Running {
  readonly status: Promise<number>
  /** The next JSON object on standard output; fails when the command ends before. */
  next(): Promise<Record<string, unknown>>
  /** Everything on standard error so far. */
  errors(): string
  readonly stdin: PassThrough
  /** Everything on standard output, once the command has ended. */
  text(): Promise<string>
  /** The same as bytes. */
  bytes(): Promise<Buffer>
  /** Gives the SHA-256 of standard output from now on, when it is called. */
  digest(): () => string
  interrupt(): void
}

/** Runs the command line in this process, on streams of its own. */
export function run(args: readonly string[], env: Record<string, string> = {}): Running {
  // Of routers around the machine that runs the tests nothing is asked.
  const environment = { P2PD_PORT_MAPPING: 'off', ...env }
  const controller = new AbortController()
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  let said = ''
  const pieces: Buffer[] = []
  let errors = ''
  const lines: string[] = []
  let arrived = () => {}
  stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    pieces.push(chunk)
    lines.splice(0, lines.length, ...said.split('\n').slice(0, -1))
    arrived()
  })
  stderr.on('data', (chunk: Buffer) => void (errors += chunk.toString()))
  const surroundings = { stdin, stdout, stderr, env: environment, interrupted: controller.signal }
  const status = main(args, surroundings).then((code) => {
    checkEvents(args, said.split('\n').slice(0, -1))
    return code
  })
  const ended = status.then(() => undefined)
  let taken = 0
  return {
    status,
    stdin,
    errors: () => errors,
    text: () => ended.then(() => said),
    bytes: () => ended.then(() => Buffer.concat(pieces)),
    digest: () => {
      const hash = createHash('sha256')
      stdout.on('data', (chunk: Buffer) => hash.update(chunk))
      return () => hash.digest('hex')
    },
    interrupt: () => controller.abort(new Error('interrupted')),
    async next() {
      while (lines.length <= taken) {
        const more = new Promise<boolean>((resolve) => (arrived = () => resolve(true)))
        if (!(await Promise.race([more, ended])) && lines.length <= taken) throw new Error(`ended: ${errors}`)
      }
      return JSON.parse(lines[taken++] ?? '') as Record<string, unknown>
    },
  }
}

/** A folder for one test's identities and servers files, removed afterwards. */
export async function inFolder(work: (path: (name: string) => string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-cli-'))
  try {
    await work((name) => join(folder, name))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Writes a servers file. */
export function writeServers(file: string, servers: unknown): string {
  writeFileSync(file, JSON.stringify(servers))
  return file
}
