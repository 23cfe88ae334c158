import type { CallReport, ReportLine } from '@p2pd/client'

/** A call that a person has saved, or that came from a file. */
export interface SavedCall {
  /** When the call ended; empty when the file does not say. */
  readonly at: string
  /** The node whose report it is; empty when the file does not say. */
  readonly node: string
  readonly peer: string
  readonly report: readonly ReportLine[]
}

/** A file with more characters than this is not a report. */
const MAX_CHARACTERS = 8 * 1024 * 1024

/** A daemon keeps as many; the page draws each. */
const MAX_CALLS = 200
/** A call has dozens of attempts, by five strategies; later versions may know more. */
const MAX_LINES = 10_000
const MAX_STRATEGIES = 16
/** No call takes a day. */
const MAX_MS = 24 * 60 * 60 * 1000

/** Writes a call as a file that `parseReportFile` reads. */
export function formatReportFile(call: CallReport, node: string): string {
  const { at, peer, report } = call
  return `${JSON.stringify({ p2pd: 'report', version: 1, at, node, peer, report }, undefined, 2)}\n`
}

/**
 * Reads the calls of a file: one that this page has saved, or the JSON lines that `p2pd connect --json --report` prints. A
 * file without any gives a fault, as a sentence.
 */
export function parseReportFile(
  text: string,
): { readonly calls: readonly SavedCall[] } | { readonly fault: string } {
  if (text.length > MAX_CHARACTERS) return { fault: 'The file is larger than 8 MB, which no report is.' }
  const whole = parseJson(text)
  const values = whole === undefined ? text.split('\n').map(parseJson) : [whole].flat()
  const alone = values.length > 0 && values.every(isLine) ? [{ report: values }] : values
  const calls = alone.flatMap((value) => callOf(value) ?? []).slice(0, MAX_CALLS)
  return calls.length > 0 ? { calls } : { fault: 'The file holds no report of a call.' }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined // A file of lines, or another file.
  }
}

function callOf(value: unknown): SavedCall | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { at, node, peer, report } = value as Record<string, unknown>
  if (!Array.isArray(report) || report.length === 0 || report.length > MAX_LINES) return undefined
  if (!report.every(isLine)) return undefined
  if (new Set(report.map(({ strategy }) => strategy)).size > MAX_STRATEGIES) return undefined
  const text = (field: unknown) => (typeof field === 'string' ? field : '')
  return { at: text(at), node: text(node), peer: text(peer), report }
}

function isLine(value: unknown): value is ReportLine {
  if (typeof value !== 'object' || value === null) return false
  const { strategy, local, remote, startMs, endMs, outcome, reason } = value as Record<string, unknown>
  const texts = [strategy, local, remote, outcome, reason].every((field) => typeof field === 'string')
  return texts && [startMs, endMs].every((time) => typeof time === 'number' && time >= 0 && time <= MAX_MS)
}
