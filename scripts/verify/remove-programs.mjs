/** Why: the compiled programs of the tests must not outlive the run. */
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { programsVariable } from './compile-programs.mjs'

/** Removes the folder of the compiled programs; jest calls it after the tests. */
export default function removePrograms() {
  const folder = process.env[programsVariable]
  if (folder !== undefined) rmSync(dirname(folder), { recursive: true, force: true })
}
