/** `pnpm errors`: writes `docs/errors.md`: causes come from the sources, remedies are those that people wrote into it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { errorCodes, type PackageCodes } from './errors/codes.ts'
import { packageFolder, readTree } from './layers/tree.ts'
import { root } from './setup/workspace.mjs'

export const ERRORS_FILE = join(root, 'docs', 'errors.md')

/** The page without an entry. */
const HEAD = `# Errors

Every error of p2pd has a \`code\`; branch on it, never on the message. Problems of the REST API have the same codes, and the command
prints them with \`--json\`. \`pnpm errors\` makes this page. The second column comes from the sources, the third is written here.

Errors of \`@p2pd/pipe\` also have the codes of \`NetifError\`, with the prefix \`PIPE_\`: \`PIPE_TIMEOUT\` is \`NETIF_TIMEOUT\`. The command
prints \`CLI_FAILED\` for an error without such a code: please report it.
`

/** The remedies that a page has, by code. */
export function remediesOf(page: string): Map<string, string> {
  const rows = page.matchAll(/^\| <a id="\w+"><\/a>`(\w+)` \|.*?\| ([^|]*) \|$/gm)
  return new Map([...rows].map(([, code = '', remedy = '']) => [code, remedy.trim()]))
}

/** The page with the codes of the sources and the remedies that are known. */
export function errorsPage(packages: readonly PackageCodes[], remedies: ReadonlyMap<string, string>): string {
  const sections = packages.map(({ error, file, codes }) => {
    const folder = packageFolder(file)
    const rows = codes.map(({ code, cause }) => {
      const row = [`<a id="${code.toLowerCase()}"></a>\`${code}\``, cell(cause), remedies.get(code) ?? '']
      return `| ${row.join(' | ')} |`
    })
    return [
      `## ${error}`,
      '',
      `Of [${folder}](../${folder}/README.md).`,
      '',
      '| code | when | remedy |',
      '|---|---|---|',
      ...rows,
    ].join('\n')
  })
  return `${[HEAD.trimEnd(), ...sections].join('\n\n')}\n`
}

const cell = (text: string) => text.replaceAll('|', '\\|')

if (argv[1] === fileURLToPath(import.meta.url)) {
  const old = existsSync(ERRORS_FILE) ? readFileSync(ERRORS_FILE, 'utf8') : ''
  writeFileSync(ERRORS_FILE, errorsPage(errorCodes(readTree(root)), remediesOf(old)))
}
