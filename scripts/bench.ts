/**
 * `pnpm bench [NAME...] [--OPTION...]`: runs the benchmarks of all packages in turn, or those whose path contains a NAME.
 * They get the options.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolders, root } from './setup/workspace.mjs'

const words = process.argv.slice(2).filter((word) => word !== '--')
const firstOption = words.findIndex((word) => word.startsWith('--'))
const names = firstOption < 0 ? words : words.slice(0, firstOption)
const options = firstOption < 0 ? [] : words.slice(firstOption)
/** It fetches other projects' packages, and so it runs only when it is asked for. */
const onlyByName = 'packages/lab/bench/peers.ts'

const files = packageFolders()
  .map((folder) => `${folder}/bench`)
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder)).map((file) => `${folder}/${file}`))
  .filter((file) => file.endsWith('.ts'))
  .filter((file) => (names.length === 0 ? file !== onlyByName : names.some((name) => file.includes(name))))

if (files.length === 0) console.log(`no benchmark${names.length > 0 ? ` matches ${names.join(', ')}` : ''}`)

for (const file of files) {
  console.log(`\n${file}`)
  // A process each: what one leaves in memory must not slow the next.
  const { status } = spawnSync('tsx', ['--conditions=@p2pd/source', file, ...options], {
    cwd: root,
    env: { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH']}` },
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
