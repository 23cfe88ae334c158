import { fsync } from 'node:fs'

/** A file that waits for its turn. */
interface Waiting {
  readonly file: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

let waiting: Waiting[] = []

/**
 * Resolves when the bytes of an open file are on the disk. The files of one turn of the event loop are handed over
 * together. A hand-over that finds the threads idle wakes one of them, and that costs more than the call.
 */
export function syncFile(file: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (waiting.push({ file, resolve, reject }) === 1) setImmediate(syncAll)
  })
}

function syncAll(): void {
  const files = waiting
  waiting = []
  for (const { file, resolve, reject } of files)
    fsync(file, (error) => (error === null ? resolve() : reject(error)))
}
