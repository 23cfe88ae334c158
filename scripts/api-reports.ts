/**
 * `pnpm api` builds the packages and writes a report of each API to `docs/api-reports`. `pnpm check:api` fails when one differs.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiReport, programOf } from './api/report.ts'
import type { SourceManifest } from './published/tarballs.ts'
import { build } from './setup/build.mjs'
import { packageFolders, readManifest, root } from './setup/workspace.mjs'

const FOLDER = 'docs/api-reports'

/** The report of each package with types, by its path. */
function reports(): Map<string, string> {
  const packages = packageFolders().flatMap((path) => {
    const manifest = readManifest(path) as SourceManifest
    const folder = join(root, path)
    const entries = Object.entries(manifest.publishConfig?.exports ?? {}).flatMap(([subpath, { types }]) =>
      types === undefined
        ? []
        : [{ title: `${manifest.name}${subpath.slice(1)}`, file: join(folder, types) }],
    )
    return manifest.private || entries.length === 0 ? [] : [{ name: manifest.name, folder, entries }]
  })
  const program = programOf(packages.flatMap(({ entries }) => entries))
  return new Map(
    packages.map(({ name, folder, entries }) => [
      `${FOLDER}/${name.replace('@p2pd/', '')}.api.md`,
      apiReport(name, `${folder}/dist/`, entries, program),
    ]),
  )
}

/** The line where a text and the report in the repository part. */
function firstDifference(old: string, now: string): string {
  const [before, after] = [old.split('\n'), now.split('\n')]
  const index = after.findIndex((line, i) => line !== before[i])
  const line = index < 0 ? after.length : index
  return `line ${line + 1}\n  - ${before[line] ?? '(nothing)'}\n  + ${after[line] ?? '(nothing)'}`
}

await build('everything')
mkdirSync(join(root, FOLDER), { recursive: true })
const made = reports()
const isCheck = process.argv.includes('--check')
const stale = readdirSync(join(root, FOLDER)).filter((name) => !made.has(`${FOLDER}/${name}`))
const differences = stale.map((name) => `${FOLDER}/${name}: there is no such package`)
for (const [path, text] of made) {
  const old = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : ''
  if (old !== text) differences.push(`${path}, ${firstDifference(old, text)}`)
  if (!isCheck) writeFileSync(join(root, path), text)
}
if (!isCheck) for (const name of stale) rmSync(join(root, FOLDER, name))
for (const difference of differences) console.log(difference)
if (isCheck && differences.length > 0) {
  console.log(
    '\nThe API changed. Run `pnpm api`, review the difference, and add a changeset (`pnpm changeset`).',
  )
  process.exitCode = 1
}
