import { CliError } from '../../cli-error.ts'
import type { Context } from '../../context.ts'
import { lookUp } from '../look-up.ts'
import { diagnoseCall } from './diagnose-call.ts'
import { examine } from './examine.ts'
import type { Finding } from './finding.ts'

const SIGNS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const

/**
 * `p2pd doctor`: what works here, what does not, and what to do. With a target it also asks the peer, shows the plan that
 * both would follow, tries it, and compares. Fails with CLI_DOCTOR when a check has failed.
 */
export async function doctor(context: Context, target: string | undefined): Promise<void> {
  const callee = target === undefined ? undefined : await lookUp(context, target)
  const { findings, netcheck } = await examine(context)
  for (const finding of findings) say(context, finding)
  const all = [...findings]
  if (callee !== undefined) {
    const calls = await diagnoseCall(context, callee, netcheck)
    for (const finding of calls) say(context, finding)
    all.push(...calls)
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
