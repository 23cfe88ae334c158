/** `pnpm errors`: writes `docs/errors.md` from the error codes in the sources, and keeps the remedies that are in it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { errorCodes } from './errors/codes.ts'
import { errorsPage, remediesOf } from './errors/page.ts'
import { readTree } from './layers/tree.ts'
import { root } from './setup/workspace.mjs'

export const ERRORS_FILE = join(root, 'docs', 'errors.md')

if (argv[1] === fileURLToPath(import.meta.url)) {
  const old = existsSync(ERRORS_FILE) ? readFileSync(ERRORS_FILE, 'utf8') : ''
  writeFileSync(ERRORS_FILE, errorsPage(errorCodes(readTree(root)), remediesOf(old)))
}
