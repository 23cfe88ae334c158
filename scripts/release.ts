/**
 * `pnpm release --dry [NAME...]` tries a release. A copy of the work tree gets the versions of a snapshot, is built, and is
 * published to a registry of this machine. Then everything is tried from there. The work tree stays as it is.
 * NAME limits the packages that are tried alone; all are published. `pnpm release:publish` makes a release.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchNodes } from './published/node-versions.ts'
import { publishedPackages } from './published/tarballs.ts'
import { buildCopy, copyWorkspace, oddVersions, publishCopy, versionCopy } from './release/copy.ts'
import { startRegistry } from './release/registry.ts'
import { type Findings, tryAlone, tryNpx } from './release/trial.ts'
import { formatSeconds } from './setup/progress.mjs'
import { CommandError, endCommandsOnSignal } from './setup/run-command.mjs'

/** The tag of versions that are for trial. */
const trialTag = 'next'

/** npm waits for the disk half of the time: two packages at once. */
const atOnce = 2

/** Runs one part of the trial, and says how long it took. */
async function step<T>(title: string, run: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await run()
  console.log(`${title}: ${formatSeconds(performance.now() - start)}`)
  return result
}

async function tryRelease(work: string, names: readonly string[]): Promise<void> {
  const copy = join(work, 'copy')
  await step('copied and installed', () => copyWorkspace(copy))
  const versions = await step('versions', () => versionCopy(copy, trialTag))
  console.log(
    `a release would be ${versions.release ?? 'nothing: no changeset waits'}; tried as ${versions.snapshot}`,
  )
  await step('built', () => buildCopy(copy))
  const packages = publishedPackages(copy)
  const nodes = await step('Node.js', fetchNodes)
  const registry = await step('registry', () => startRegistry(work))
  try {
    await step('published', () => publishCopy(copy, trialTag, registry.env))
    console.log(`${packages.length} packages at ${registry.url}`)
    const tried = new Map([['npx', await step('npx', () => tryNpx(trialTag, registry.env, nodes, work))]])
    const specs = Object.fromEntries(packages.map(({ name }) => [name, versions.snapshot]))
    const supply = { specs, isUnpublished: false, env: registry.env }
    const isWanted = (name: string) => names.length === 0 || names.includes(name.replace('@p2pd/', ''))
    const queue = packages.filter(({ name }) => isWanted(name))
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const one = next
        const folder = join(work, `consumer-${one.name.replace('/', '-')}`)
        tried.set(one.name, await step(one.name, () => tryAlone(one, supply, nodes, folder)))
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    report(tried, oddVersions(copy, versions.snapshot))
  } finally {
    registry.close()
  }
}

/** A table of what was tried, and below it each finding. */
function report(tried: ReadonlyMap<string, Findings>, others: readonly string[]): void {
  const words = [...tried].map(([title, findings]) => {
    const cells = Object.entries(findings).map(([column, found]) => [
      column,
      found.length > 0 ? 'FAILED' : 'passed',
    ])
    return [title, Object.fromEntries(cells)] as const
  })
  console.table(Object.fromEntries(words))
  const all = [...tried].flatMap(([title, findings]) =>
    Object.entries(findings).flatMap(([column, found]) =>
      found.map((text) => `${title}, ${column}: ${text}`),
    ),
  )
  for (const text of [...all, ...others]) console.log(text)
  if (all.length + others.length > 0) process.exitCode = 1
}

endCommandsOnSignal()
const [mode, ...names] = process.argv.slice(2)
if (mode !== '--dry') throw new Error('pnpm release --dry [NAME...], or pnpm release:publish')
const work = mkdtempSync(join(tmpdir(), 'p2pd-release-'))
process.once('exit', () => rmSync(work, { recursive: true, force: true }))
await tryRelease(work, names).catch((error: unknown) => {
  console.error(error instanceof CommandError ? `${error.message}\n${error.output}` : error)
  process.exitCode = 1
})
