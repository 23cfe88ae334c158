/**
 * The weight of an installation in packages and megabytes, and the time until a program can begin. `import 'p2pd'` is
 * relative to `hyperdht` installed beside it, `p2pd --help` and `p2pd id` to `node -e 0`. Each ratio is of one run.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installConsumer, supplyOfTarballs } from '../../../scripts/published/consumer.ts'
import { packAll } from '../../../scripts/published/tarballs.ts'
import { weigh } from '../../../scripts/published/weight.ts'
import { build } from '../../../scripts/setup/build.mjs'
import { CommandError, runCommand } from '../../../scripts/setup/run-command.mjs'

/** Enough for a median that two runs share within a few percent. */
const ROUNDS = 21

const work = mkdtempSync(join(tmpdir(), 'p2pd-weight-'))
process.once('exit', () => rmSync(work, { recursive: true, force: true }))
const [ours, theirs] = [join(work, 'p2pd'), join(work, 'hyperdht')]

await build('everything')
const tarballs = await packAll(join(work, 'tarballs'))
const tarball = tarballs.find(({ name }) => name === 'p2pd')
if (tarball === undefined) throw new Error('p2pd was not packed')
await installConsumer(tarball, supplyOfTarballs(tarballs), ours)
const hasTheirs = await installHyperdht()

const show = (name: string, folder: string) => {
  const { packages, megabytes = '?' } = weigh(folder)
  console.log(`npm i ${name.padEnd(9)} ${String(packages).padStart(4)} packages ${megabytes} MB`)
}
show('p2pd', ours)
if (hasTheirs) show('hyperdht', theirs)
measure()

/** It is fetched for this comparison alone, and so it is not a dependency. */
async function installHyperdht(): Promise<boolean> {
  mkdirSync(theirs)
  writeFileSync(join(theirs, 'package.json'), '{ "private": true, "type": "module" }')
  try {
    await runCommand('npm', ['install', '--ignore-scripts', 'hyperdht'], { cwd: theirs })
    return true
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    console.log(`hyperdht is not compared: npm install: ${error.message}`)
    return false
  }
}

function measure(): void {
  const importing = (name: string) => ['--input-type=module', '-e', `await import('${name}')`]
  const command = join(ours, 'node_modules', '.bin', 'p2pd')
  const identity = ['--identity', join(work, 'identity.pem')]
  const runs: Record<string, () => void> = {
    'node -e 0': () => run(ours, ['-e', '0']),
    "import 'p2pd'": () => run(ours, importing('p2pd')),
    ...(hasTheirs && { "import 'hyperdht'": () => run(theirs, importing('hyperdht')) }),
    'p2pd --help': () => run(ours, [command, '--help']),
    'p2pd id': () => run(ours, [command, 'id', ...identity]),
  }
  const medians = mediansOf(runs)
  const bare = medians['node -e 0'] ?? 0
  for (const [title, median] of Object.entries(medians))
    console.log(
      `${title.padEnd(18)} ${median.toFixed(0).padStart(5)} ms  ${(median / bare).toFixed(2)} x node -e 0`,
    )
  if (!hasTheirs) return
  const ratio = (medians["import 'p2pd'"] ?? 0) / (medians["import 'hyperdht'"] ?? 0)
  console.log(`import 'p2pd' takes ${ratio.toFixed(2)} times as long as import 'hyperdht'`)
}

/** Runs all in turn, so that a busy moment meets all of them; the first round only fills caches. */
function mediansOf(runs: Readonly<Record<string, () => void>>): Record<string, number> {
  const times = Object.keys(runs).map((): number[] => [])
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, each] of Object.values(runs).entries()) {
      const startedAt = performance.now()
      each()
      if (round > 0) times[index]?.push(performance.now() - startedAt)
    }
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0
  return Object.fromEntries(Object.keys(runs).map((title, index) => [title, median(times[index] ?? [])]))
}

function run(cwd: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed: ${stderr.toString()}`)
}
