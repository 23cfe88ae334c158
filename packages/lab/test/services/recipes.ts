import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const COOKBOOK = join(import.meta.dirname, '../../../../docs/cookbook.md')

/** The recipes of docs/cookbook.md: the commands below each heading, as they are written. */
export async function recipes(): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = await readFile(COOKBOOK, 'utf8')
  const sections = text.split(/^## /m).slice(1)
  return new Map(
    sections.map((section) => {
      const [title = '', ...lines] = section.split('\n')
      return [title, lines.filter((line) => line.startsWith('    ')).map((line) => line.trim())]
    }),
  )
}

/** The commands of one recipe. */
export async function recipe(title: string): Promise<readonly string[]> {
  const commands = (await recipes()).get(title)
  if (commands === undefined) throw new Error(`docs/cookbook.md has no recipe "${title}"`)
  return commands
}
