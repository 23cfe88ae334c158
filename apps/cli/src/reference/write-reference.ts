/**
 * `pnpm commands`: writes docs/commands.md and the manual page of the package `p2pd`, both made from the program. The
 * test beside this file fails when one is out of date.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { wholeProgram } from './whole-program.ts'
import { formatManPage } from './man-page.ts'
import { formatReference } from './command-reference.ts'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))

/** The texts that are made from the program, by their path. */
export function madeTexts(): Readonly<Record<string, string>> {
  const { program, isCommon } = wholeProgram()
  return {
    [join(ROOT, 'docs/commands.md')]: formatReference(program, isCommon),
    [join(ROOT, 'packages/p2pd/man/p2pd.1')]: formatManPage(program, isCommon),
  }
}

if (argv[1] === fileURLToPath(import.meta.url))
  for (const [path, text] of Object.entries(madeTexts())) writeFileSync(path, text)
