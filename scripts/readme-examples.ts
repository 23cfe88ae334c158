/**
 * `pnpm readme`: puts each example file into the README that names it, under a line
 * `<!-- examples/NAME.ts -->`. The test beside this file fails when one is out of date.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BLOCK = /<!-- (\S+\.ts) -->\n```ts\n[\s\S]*?```/g

/** The README text with every example as its file has it. */
export function withExamples(readme: string, read: (path: string) => string): string {
  return readme.replace(BLOCK, (_, path: string) => `<!-- ${path} -->\n\`\`\`ts\n${read(path)}\`\`\``)
}

/** The example files that a README shows. */
export function examplesIn(readme: string): string[] {
  return [...readme.matchAll(BLOCK)].map(([, path = '']) => path)
}

/** Every README of the workspace, by its path. */
export function readmes(): string[] {
  const members = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name, 'README.md')),
  )
  return [join(ROOT, 'README.md'), ...members].filter((path) => existsSync(path))
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const path of readmes()) {
    const read = (example: string) => readFileSync(join(dirname(path), example), 'utf8')
    writeFileSync(path, withExamples(readFileSync(path, 'utf8'), read))
  }
}
