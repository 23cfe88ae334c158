import { pino } from 'pino'
import type { Writable } from 'node:stream'

/** How much a daemon logs. */
export type LogLevel = 'silent' | 'error' | 'info' | 'debug'

/** A log of JSON lines. */
export interface DaemonLog {
  /** For `log` of the node and of the daemon: one line at level `debug`, `info` for the daemon's own events. */
  readonly log: (event: string, fields: object) => void
  setLevel(level: LogLevel): void
}

/** Events that an operator wants to see without asking for more. */
const NOTABLE = new Set([
  'ready',
  'stopping',
  'reloaded',
  'not-reloaded',
  'no-broker',
  'pipe-opened',
  'pipe-closed',
  // Something of the user's does not work: a broken contacts file refuses every caller.
  'admission-failed',
  'service-failed',
  'journal-not-read',
  'journal-not-written',
  'failed',
])

/** Logs JSON lines to a stream. Each is written before the call returns, so that none is lost when the process ends. */
export function daemonLog(destination: Writable, level: LogLevel): DaemonLog {
  const logger = pino(
    { level, base: { pid: process.pid } },
    { write: (line) => void destination.write(line) },
  )
  return {
    log: (event, fields) => {
      if (NOTABLE.has(event)) logger.info(fields, event)
      else logger.debug(fields, event)
    },
    setLevel: (next) => {
      logger.level = next
    },
  }
}
