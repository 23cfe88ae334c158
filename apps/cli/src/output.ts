import type { Writable } from 'node:stream'

/** How much the command tells people. */
export const LOG_LEVELS = ['silent', 'error', 'info', 'debug'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

/** Where a command's words go: objects for programs to standard output, text for people to standard error. */
export interface Output {
  readonly json: boolean
  /** Whether `info` is shown: progress goes by it. */
  readonly showsInfo: boolean
  /** One JSON object on a line of its own; nothing without `--json`. */
  event(object: object): void
  /** A line for people: to standard output as the command's result, or to standard error with `--json`. */
  result(text: string): void
  /** A line for people that is not the result. */
  info(text: string): void
  error(text: string): void
  /** A line at the terminal that the next text takes the place of; an empty one takes it away. */
  draw(line: string): void
  /** The log of the library, at level `debug`. */
  readonly log: (event: string, fields: object) => void
}

export interface OutputOptions {
  readonly json: boolean
  readonly logLevel: LogLevel
  readonly stdout: Writable
  readonly stderr: Writable
}

/** Returns to the first column and clears the line. ECMA-48, EL. */
const CLEAR = '\r\u001b[K'

export function createOutput({ json, logLevel, stdout, stderr }: OutputOptions): Output {
  const shows = (level: LogLevel) => LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(logLevel)
  let isDrawn = false
  const draw = (line: string) => {
    if (!shows('info') || (line === '' && !isDrawn)) return
    stderr.write(`${CLEAR}${line}`)
    isDrawn = line !== ''
  }
  const tell = (level: LogLevel, text: string) => {
    if (!shows(level)) return
    draw('')
    stderr.write(`${text}\n`)
  }
  return {
    json,
    showsInfo: shows('info'),
    event: (object) => void (json && stdout.write(`${JSON.stringify(object)}\n`)),
    result: (text) => void (json ? tell('info', text) : stdout.write(`${text}\n`)),
    draw,
    info: (text) => tell('info', text),
    error: (text) => tell('error', `p2pd: ${text}`),
    log: (event, fields) => tell('debug', `${event} ${JSON.stringify(fields)}`),
  }
}
