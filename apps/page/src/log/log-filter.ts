import type { DaemonEvent } from '@p2pd/client'

/** A line of the log: when, which kind, and the rest as text. */
export interface LogLine {
  readonly id: number
  readonly at: string
  readonly type: string
  readonly text: string
}

/** A line longer than this is cut: a report may have hundreds of attempts. */
const MAX_TEXT = 400

/** Says an event as a line. */
export function logLine({ id, at, type, ...fields }: DaemonEvent): LogLine {
  const words = Object.entries(fields).map(([name, value]) => `${name}=${wordOf(name, value)}`)
  const text = words.join(' ')
  return { id, at, type, text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text }
}

function wordOf(name: string, value: unknown): string {
  if (name === 'report' && Array.isArray(value))
    return `${value.length} ${value.length === 1 ? 'attempt' : 'attempts'}`
  if (name === 'interfaces' && Array.isArray(value))
    return `${value.length} ${value.length === 1 ? 'NIC' : 'NICs'}`
  if (typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string')
    return value.name
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Whether a line has every word of a filter, in its type or text, whatever the case. */
export function matchesFilter({ type, text }: LogLine, filter: string): boolean {
  const line = `${type} ${text}`.toLowerCase()
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => line.includes(word))
}
