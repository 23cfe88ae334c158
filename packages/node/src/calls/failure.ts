import { NodeError } from '../node-error.ts'
import type { ReportLine } from '../report/report.ts'

/**
 * The error of a call that found no path: the reasons of its failed attempts, else of the skipped strategies, and what ended the
 * call, if anything did. `NODE_TIMEOUT` and `NODE_ABORTED` keep their code.
 */
export function failureOf(report: readonly ReportLine[], fault: NodeError | undefined): NodeError {
  const tried = report.filter(({ outcome }) => outcome === 'failed')
  if (fault !== undefined && tried.length === 0) {
    return new NodeError(fault.code, fault.message, { cause: fault, report })
  }
  const lines = tried.length > 0 ? tried : report.filter(({ outcome }) => outcome === 'skipped')
  const reasons = lines.map(({ strategy, remote, reason }) => `${remote || strategy}: ${reason}`)
  if (reasons.length === 0) reasons.push('it has no address that this host can dial')
  if (fault !== undefined) reasons.push(fault.message)
  const code =
    fault?.code === 'NODE_TIMEOUT' || fault?.code === 'NODE_ABORTED' ? fault.code : 'NODE_UNREACHABLE'
  return new NodeError(code, `the peer was not reached: ${reasons.join('; ')}`, { report, cause: fault })
}
