/**
 * `pnpm release --dry [NAME...]` tries a release. A copy of the work tree gets the versions of a snapshot, is built and packed. It
 * is published to a registry of this machine. Then everything is tried from there. The work tree stays as it is.
 * NAME limits the packages that are tried alone; all are published.
 *
 * `pnpm release` says what a real release needs. `pnpm release --publish` does it; the release workflow calls this.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packAll, type Tarball } from './published/tarballs.ts'
import { buildCopy, copyWorkspace, oddVersions, versionCopy } from './release/copy.ts'
import { needsOf, situation } from './release/needs.ts'
import { fetchNodes } from './release/nodes.ts'
import { publishAll } from './release/publish.ts'
import { startRegistry } from './release/registry.ts'
import { formatTable, type Row } from './release/table.ts'
import { tryAlone, tryNpx, typesColumn } from './release/trial.ts'
import { build } from './setup/build.mjs'
import { formatSeconds } from './setup/progress.mjs'
import { endCommandsOnSignal, runCommand } from './setup/run-command.mjs'
import { root } from './setup/workspace.mjs'

/** The tag of versions that are for trial. */
const trialTag = 'next'

/** npm waits for the disk half of the time: two packages at once. */
const atOnce = 2

async function main(args: readonly string[]): Promise<void> {
  const names = args.filter((arg) => !arg.startsWith('--'))
  if (args.includes('--dry')) await inFolder((work) => tryRelease(work, names))
  else await release(args.includes('--publish'))
}

/** Runs `action` with a folder that is gone afterwards. */
async function inFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-release-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  await action(folder)
}

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
  const tarballs = await step('packed', () => packAll(join(work, 'tarballs'), copy))
  const { nodes, missing } = await step('Node.js', fetchNodes)
  const registry = await step('registry', () => startRegistry(work))
  const odd = oddVersions(copy, versions.snapshot)
  try {
    const options = { tag: trialTag, provenance: false, env: registry.env }
    const published = await step('published', () => publishAll(tarballs, options))
    console.log(`${published.length} packages at ${registry.url}`)
    const npx = await step('npx', () => tryNpx(trialTag, registry.env, nodes, work))
    const wanted = tarballs.filter(
      ({ name }) => names.length === 0 || names.includes(name.replace('@p2pd/', '')),
    )
    const specs = Object.fromEntries(tarballs.map(({ name }) => [name, versions.snapshot]))
    const supply = { specs, isUnpublished: false, env: registry.env }
    const rows: Row[] = [npx]
    const queue = wanted.map((tarball, index) => ({ tarball, folder: join(work, `consumer-${index}`) }))
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const { tarball, folder } = next
        rows.push(await step(tarball.name, () => tryAlone(tarball, supply, nodes, folder)))
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    rows.sort((one, other) => one.title.localeCompare(other.title))
    console.log(`\n${formatTable(rows, [typesColumn, ...nodes.map(({ title }) => title)])}`)
    const failures = rows.flatMap(({ cells }) => [...cells.values()].flat())
    for (const text of [...odd, ...missing]) console.log(text)
    if (failures.length + odd.length + missing.length > 0) process.exitCode = 1
  } finally {
    await registry.close()
  }
}

async function release(isPublishing: boolean): Promise<void> {
  const needs = needsOf(await situation())
  console.log('A release needs:')
  for (const { text, isMet } of needs) console.log(`  [${isMet ? 'x' : ' '}] ${text}`)
  if (!isPublishing) {
    console.log('\nNothing was published. `pnpm release --dry` tries a release on this machine;')
    console.log('`.github/workflows/release.yml` makes one, by `pnpm release --publish`.')
    return
  }
  if (needs.some(({ isMet }) => !isMet))
    throw new Error('a release needs all of these; nothing was published')
  await inFolder(async (work) => {
    await build('everything')
    const tarballs: Tarball[] = await packAll(join(work, 'tarballs'))
    const published = await publishAll(tarballs, { tag: 'latest', provenance: true })
    for (const name of published) console.log(`published ${name}`)
    // Its output names the new tags, from which the workflow makes the releases of GitHub.
    process.stdout.write(await runCommand(join(root, 'node_modules', '.bin', 'changeset'), ['tag']))
  })
}

endCommandsOnSignal()
await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  if (error instanceof Error && 'output' in error) console.error(error.output)
  process.exitCode = 1
})
