/**
 * `pnpm api` builds the packages and writes a report of each API to `docs/api-reports`. `pnpm check:api` fails when one differs.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { apiReport } from './api/report.ts'
import type { SourceManifest } from './published/tarballs.ts'
import { build } from './setup/build.mjs'
import { packageFolders, readManifest, root } from './setup/workspace.mjs'

const FOLDER = 'docs/api-reports'

/** The report of each package with types, by its path. */
function reports(): Map<string, string> {
  const found = new Map<string, string>()
  for (const folder of packageFolders()) {
    const manifest = readManifest(folder) as SourceManifest
    if (manifest.private) continue
    const entries = Object.entries(manifest.publishConfig?.exports ?? {}).flatMap(([subpath, { types }]) =>
      types === undefined
        ? []
        : [{ title: `${manifest.name}${subpath.slice(1)}`, file: posix.join(folder, types) }],
    )
    const read = (path: string) =>
      existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined
    const file = `${FOLDER}/${manifest.name.replace('@p2pd/', '')}.api.md`
    if (entries.length > 0) found.set(file, apiReport(manifest.name, entries, read))
  }
  return found
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
