import { NodeError } from '../node-error.ts'
import type { ReportLine } from '../report/report.ts'

/**
 * The error of a call that found no path. It has the reasons of the failed attempts, or else of the skipped strategies.
 * It also has the fault that ended the call, if there was one. `NODE_TIMEOUT` and `NODE_ABORTED` keep their code.
 */
export function failureOf(report: readonly ReportLine[], fault: NodeError | undefined): NodeError {
  const tried = report.filter(({ outcome }) => outcome === 'failed')
  if (fault !== undefined && tried.length === 0) {
    return new NodeError(fault.code, fault.message, { cause: fault, report })
  }
  const lines = tried.length > 0 ? tried : report.filter(({ outcome }) => outcome === 'skipped')
  const reasons = summarized(lines)
  if (reasons.length === 0) reasons.push('it has no address that this host can dial')
  if (fault !== undefined) reasons.push(fault.message)
  const code =
    fault?.code === 'NODE_TIMEOUT' || fault?.code === 'NODE_ABORTED' ? fault.code : 'NODE_UNREACHABLE'
  return new NodeError(code, `the peer was not reached: ${reasons.join('; ')}`, { report, cause: fault })
}

/** The reason why a call with signalling has taken too long, as far as its signalling went. */
export function lateness({ isAnswered }: { readonly isAnswered: boolean }): string {
  return isAnswered
    ? 'the peer has answered, and no path to it was found so far'
    : 'the peer has not answered so far; it is not running, or listens on other brokers'
}

/** Reasons that are named; the report has all of them. */
const MAX_REASONS = 5
/** Longer texts are a peer's or a system's: their begin has to do. */
const MAX_REASON_LENGTH = 200

/** One text for each reason, with the first end that failed for it and the number of others. */
function summarized(lines: readonly ReportLine[]): string[] {
  const groups = new Map<string, ReportLine[]>()
  for (const line of lines) {
    const why = withoutEnd(line)
    groups.set(why, [...(groups.get(why) ?? []), line])
  }
  const texts = [...groups].flatMap(([why, [first, ...others]]) => {
    if (first === undefined) return []
    const end = first.remote || first.strategy
    const text = others.length === 0 ? `${end}: ${first.reason}` : `${end} and ${others.length} more: ${why}`
    return text.slice(0, MAX_REASON_LENGTH)
  })
  const left = texts.length - MAX_REASONS
  if (left <= 0) return texts
  const others = left === 1 ? '1 other reason' : `${left} other reasons`
  return [...texts.slice(0, MAX_REASONS), `${others}, which the report has`]
}

/** The system's own error names the end once more. */
function withoutEnd({ remote, reason }: ReportLine): string {
  return remote === '' ? reason : reason.replace(` to ${remote}`, '').replace(` ${remote}`, '')
}
