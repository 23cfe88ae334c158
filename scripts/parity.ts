/**
 * `pnpm parity`: puts the tests of each ability of P2PD's users into the table of docs/parity.md. A test
 * belongs to a check when its title, or that of a `describe` around it, begins with the check's name: `C9: ...`. Check I1
 * has a row for each fault met in the field, which a title names as well: `I1: fault 4: ...`, `I1: faults 12, 13: ...`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const PARITY_FILE = join(ROOT, 'docs/parity.md')

/** `| C9 | what |` or `| I1.4 | what |`, without the last column. */
const ROW = /^(\| ([A-I]\d{1,2}(?:\.\d{1,2})?) \|[^|]*) \|.*$/gm

const TITLE = /['"`]((?:[A-I]\d{1,2}, )*[A-I]\d{1,2}): (?:faults? ((?:\d{1,2}, )*\d{1,2})[:,])?/g

/** Check -> the test files with a title that names it. */
export function testsByCheck(files: ReadonlyMap<string, string>): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [file, text] of files) {
    for (const [, names = '', faults] of text.matchAll(TITLE)) {
      const rows = faults?.split(', ').map((fault) => `${names}.${fault}`) ?? []
      for (const check of [...names.split(', '), ...rows]) {
        const paths = found.get(check) ?? []
        if (!paths.includes(file)) found.set(check, [...paths, file])
      }
    }
  }
  return found
}

/** The page with the tests of each check in the last column of its row. */
export function parityPage(page: string, tests: ReadonlyMap<string, readonly string[]>): string {
  return page.replace(ROW, (_, row: string, check: string) => {
    const files = tests.get(check)?.map((file) => `\`${file}\``)
    return `${row} | ${files?.join('<br>') ?? 'not yet'} |`
  })
}

/** Every test file of the packages and apps, by its path. */
export function testFiles(): Map<string, string> {
  const files = new Map<string, string>()
  const visit = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !['node_modules', 'dist'].includes(entry.name)) visit(path)
      if (entry.name.endsWith('.test.ts')) files.set(relative(ROOT, path), readFileSync(path, 'utf8'))
    }
  }
  for (const folder of ['packages', 'apps']) visit(join(ROOT, folder))
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)))
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const page = readFileSync(PARITY_FILE, 'utf8')
  writeFileSync(PARITY_FILE, parityPage(page, testsByCheck(testFiles())))
}
