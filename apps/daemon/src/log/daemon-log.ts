import { pino } from 'pino'
import type { Writable } from 'node:stream'

/** How much a daemon logs. */
export type LogLevel = 'silent' | 'error' | 'info' | 'debug'

/** A log of lines. */
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

/** The stream of a log; a terminal says so. */
export type LogDestination = Pick<Writable, 'write'> & { readonly isTTY?: boolean }

/**
 * Logs to a stream: JSON lines, or at a terminal lines for a person. Each is written before the call returns, so that none is
 * lost when the process ends.
 */
export function daemonLog(destination: LogDestination, level: LogLevel): DaemonLog {
  const isTerminal = destination.isTTY === true
  const write = (line: string) => void destination.write(isTerminal ? readableLine(line) : line)
  const logger = pino({ level, base: { pid: process.pid } }, { write })
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

/** `12:34:56 pipe-opened name=web peer=k3f…`: the time of this machine, the event, and its fields. */
function readableLine(line: string): string {
  const { time, msg, level: _, pid: __, ...fields } = JSON.parse(line) as Record<string, unknown>
  const at = new Date(time as number).toTimeString().slice(0, 8)
  const texts = Object.entries(fields).map(([name, value]) => `${name}=${textOf(value)}`)
  return `${[at, msg, ...texts].join(' ')}\n`
}

/** A bare word, or JSON, which escapes the control characters of a peer. */
function textOf(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value)
}
