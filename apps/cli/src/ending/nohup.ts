import { fstatSync, readSync } from 'node:fs'
import { isatty } from 'node:tty'

/**
 * Whether `nohup` of GNU has started this process, which is then to outlive its terminal. Node.js makes the ignored SIGHUP a
 * deadly one again, so only the trace on standard input is left: `/dev/null`, opened for writing alone.
 */
export function isStartedByNohup(): boolean {
  try {
    if (!fstatSync(0).isCharacterDevice() || isatty(0)) return false
    readSync(0, new Uint8Array(1), 0, 1, null)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EBADF'
  }
}
