/** `pnpm bench [NAME...]`: runs the benchmarks of all packages in turn, or those whose path contains a NAME. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolders, root } from './setup/workspace.mjs'

const names = process.argv.slice(2)

const files = packageFolders()
  .map((folder) => `${folder}/bench`)
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder)).map((file) => `${folder}/${file}`))
  .filter((file) => file.endsWith('.ts'))
  .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))

if (files.length === 0) console.log(`no benchmark${names.length > 0 ? ` matches ${names.join(', ')}` : ''}`)

for (const file of files) {
  console.log(`\n${file}`)
  // A process each: what one leaves in memory must not slow the next.
  const { status } = spawnSync('tsx', ['--conditions=@p2pd/source', file], {
    cwd: root,
    env: { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH']}` },
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
