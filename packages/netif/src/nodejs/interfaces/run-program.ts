import { execFile } from 'node:child_process'
import { win32 } from 'node:path'
import { translateOsError } from '../sockets/os-error.ts'

/** PowerShell takes 1 to 3 s cold; a tool that takes this long hangs. */
const TIMEOUT_MS = 20_000
/** A routing table with 50,000 lines fits. */
const MAX_OUTPUT_BYTES = 8 * 2 ** 20

/**
 * The full path of a program of Windows. By its bare name libuv would look in the current folder first, so that a program
 * that somebody put there would run.
 */
export function windowsProgram(path: string, env: NodeJS.ProcessEnv = process.env): string {
  return win32.join(env['SystemRoot'] || 'C:\\Windows', 'System32', path)
}

/** The output of a program of the system, in English where the program would translate. */
export function runProgram(file: string, args: readonly string[]): Promise<string> {
  const options = {
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
    windowsHide: true,
    env: { ...process.env, LC_ALL: 'C', LANG: 'C' },
  }
  return new Promise((resolve, reject) => {
    execFile(file, args, options, (error, stdout) => {
      if (error) reject(translateOsError(error, `run ${file}`))
      else resolve(stdout)
    })
  })
}
