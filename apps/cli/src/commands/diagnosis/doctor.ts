import { NodeError, parseTarget } from '@p2pd/node'
import { verifyEd25519 } from '@p2pd/node/node'
import { CliError } from '../../cli-error.ts'
import { type Context, reportOf } from '../../context.ts'
import { closeInTime } from '../../ending/close-in-time.ts'
import { withNode } from '../../with-node.ts'
import { lookUp } from '../look-up.ts'
import { formatTimeLine } from '../time-line.ts'
import { examine } from './examine.ts'
import type { Finding } from './finding.ts'

const SIGNS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const

/**
 * `p2pd doctor`: what works here, what does not, and what to do. With a target it also finds out whether the target can
 * be called, by which path, and why not by a better one. Fails with CLI_DOCTOR when a check has failed.
 */
export async function doctor(context: Context, target: string | undefined): Promise<void> {
  const callee = target === undefined ? undefined : await lookUp(context, target)
  const { findings } = await examine(context)
  for (const finding of findings) say(context, finding)
  const all = [...findings]
  if (callee !== undefined) {
    const call = await tryCall(context, callee)
    say(context, call)
    all.push(call)
  }
  const failed = all.filter(({ status }) => status === 'fail').map(({ check }) => check)
  if (failed.length > 0) throw new CliError('CLI_DOCTOR', `failed: ${failed.join(', ')}`)
}

function say({ output }: Context, finding: Finding): void {
  const { check, status, evidence, remedy } = finding
  output.event({ event: 'check', ...finding })
  if (output.json) return
  output.result(`${SIGNS[status]} ${check}: ${evidence}${remedy === undefined ? '' : `\n     → ${remedy}`}`)
}

/** Calls the peer, and tells the path, or each reason why there is none. */
async function tryCall(context: Context, callee: string): Promise<Finding> {
  const needsBrokers = parseTarget(callee, verifyEd25519).type === 'id'
  try {
    return await withNode(context, { needsBrokers, announce: false }, async (node) => {
      const pipe = await node.connect(callee, { signal: context.interrupted })
      const { strategy, elapsedMs, report } = pipe.connection
      context.output.info(formatTimeLine(report))
      const evidence = `connected by ${strategy} in ${Math.round(elapsedMs)} ms`
      await closeInTime(pipe).catch(() => {}) // The call has succeeded, whatever the peer says at its end.
      return strategy === 'relay' ? relayed(evidence, report) : { check: 'call', status: 'ok', evidence }
    })
  } catch (error) {
    if (context.interrupted.aborted) throw error
    context.output.info(formatTimeLine(reportOf(error)))
    return { check: 'call', status: 'fail', evidence: (error as Error).message, remedy: remedyOf(error) }
  }
}

function relayed(evidence: string, report: NodeError['report']): Finding {
  const reasons = report.filter(({ strategy, outcome }) => strategy !== 'relay' && outcome !== 'won')
  const why = [...new Set(reasons.map(({ strategy, reason }) => `${strategy}: ${reason}`))].join('; ')
  const remedy = 'Map a port at either end (p2pd portmap), or use IPv6 at both.'
  return { check: 'call', status: 'warn', evidence: `${evidence}, because ${why || 'unknown'}`, remedy }
}

function remedyOf(error: unknown): string {
  const code = error instanceof NodeError ? error.code : undefined
  if (code === 'NODE_NO_ANSWER')
    return 'See that the peer runs `p2pd listen`, and that both servers files name the same brokers.'
  if (code === 'NODE_NO_BROKER') return 'Mend a broker, or call the peer by its address.'
  if (code === 'NODE_UNREACHABLE')
    return 'Name a relay in --servers, or map a port at either end (p2pd portmap).'
  return 'Run `p2pd doctor` at the other end, too.'
}
