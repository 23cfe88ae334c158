import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from '@jest/globals'

/** Whether a program is on the PATH. */
function isInstalled(tool: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK)
      return true
    } catch {
      return false // not in this folder
    }
  })
}

/** A test that needs a program which may not be installed; then it is skipped and its name says why. */
export function testWith(tool: string, name: string, run: () => Promise<void>, timeoutMs?: number): void {
  if (isInstalled(tool)) test(name, run, timeoutMs)
  else test.skip(`${name} (${tool} is not installed)`, run)
}

/** Runs a program to its end and returns all that it printed. */
export async function output(tool: string, args: readonly string[]): Promise<string> {
  const child = spawn(tool, args)
  let text = ''
  const take = (chunk: Buffer) => {
    text += chunk.toString()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  await exited(child)
  return text
}

/** Runs with a server program in the background, and ends that process afterwards. */
export async function withProgram<T>(tool: string, args: readonly string[], run: () => Promise<T>): Promise<T> {
  const child = spawn(tool, args, { stdio: 'ignore' })
  const over = exited(child)
  try {
    return await run()
  } finally {
    child.kill('SIGKILL')
    await over
  }
}

function exited(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('close', () => resolve())
    child.once('error', reject)
  })
}
