import { closeSync, fstatSync, openSync } from 'node:fs'
import { devNull } from 'node:os'

/** The file descriptor of standard output. POSIX.1-2017, 2.5. */
const STDOUT_FD = 1

/**
 * Ends standard output for the program that reads it, once everything is written. Node.js never closes it while the process
 * runs. The null device takes its number, so that later output is dropped and no other file gets that number.
 *
 * A reader sees the end when nobody else holds the pipe: `npx` and `npm` do, as long as they run the command.
 */
export async function endStdout(): Promise<void> {
  await new Promise((resolve) => process.stdout.write('', resolve))
  try {
    const output = fstatSync(STDOUT_FD)
    // Nobody waits for the end of a terminal or a file.
    if (!output.isFIFO() && !output.isSocket()) return
    closeSync(STDOUT_FD)
  } catch {
    return // It was closed before the process began.
  }
  openSync(devNull, 'w')
}
