import type { Netcheck } from '@p2pd/nat'
import {
  type Expectation,
  expectations,
  expectedStrategy,
  NodeError,
  type NodeRecord,
  parseTarget,
  readSituation,
  sidesOf,
  SITUATION_SERVICE,
} from '@p2pd/node'
import { verifyEd25519 } from '@p2pd/node/node'
import { type Context, reportOf } from '../../context.ts'
import { closeInTime } from '../../ending/close-in-time.ts'
import { showProgress } from '../../progress/show-progress.ts'
import { formatTable } from '../../text/table.ts'
import { type Caller, withCaller } from '../../user-daemon/with-caller.ts'
import { formatTimeLine } from '../time-line.ts'
import type { Finding } from './finding.ts'

/** A person waits for the answer of the peer. Signalling gives up before, and has the better reason. */
const ANSWER_MS = 15_000

/** Asks the peer where it is, shows the plan of both sides, calls, and compares; a finding for each. */
export async function diagnoseCall(context: Context, callee: string, checked: Netcheck): Promise<Finding[]> {
  const needsBrokers = parseTarget(callee, verifyEd25519).type === 'id'
  try {
    return await withCaller(context, { needsBrokers, announce: false }, async (node, context) => {
      const peer = await showProgress(context.output, 'Asking the peer', askPeer(context, node, callee))
      if (isAbsence(peer)) return [peer]
      if (!('candidates' in peer)) return [peer, await tryCall(context, node, callee)]
      const own = { candidates: await node.candidates(), sides: sidesOf(natsOf(checked)) }
      const plan = expectations(own, peer, checked.turn)
      showPlan(context, { own, peer, plan })
      const call = await tryCall(context, node, callee)
      return [call, compared(plan, call)]
    })
  } catch (error) {
    if (context.interrupted.aborted) throw error
    return [failed(error)]
  }
}

/** A peer that answers no offer is not called a second time. */
function isAbsence(found: NodeRecord | Finding): found is Finding {
  return 'check' in found && found.status === 'fail'
}

/** A finding about the call, with the strategy that has connected. */
type CallFinding = Finding & { readonly strategy?: Expectation['strategy'] }

/** The situation of the peer, a warning that it is unknown, or the failure of a peer that does not answer. */
async function askPeer(context: Context, node: Caller, callee: string): Promise<NodeRecord | Finding> {
  try {
    const how = { service: SITUATION_SERVICE, timeoutMs: ANSWER_MS, signal: context.interrupted }
    const pipe = await node.connect(callee, how)
    try {
      return await readSituation(pipe)
    } finally {
      await closeInTime(pipe, context.interrupted).catch(() => {}) // The answer counts.
    }
  } catch (error) {
    if (context.interrupted.aborted) throw error
    if (error instanceof NodeError && error.code === 'NODE_NO_ANSWER') {
      context.output.info(formatTimeLine(error.report))
      return failed(error)
    }
    const isRefused = error instanceof NodeError && error.code === 'NODE_SERVICE'
    const evidence = isRefused
      ? 'unknown: the peer describes its network to its contacts alone'
      : `unknown: ${(error as Error).message}`
    const remedy = isRefused ? '`p2pd pair` makes both sides contacts.' : 'The call below says more.'
    return { check: 'plan', status: 'warn', evidence, remedy }
  }
}

/** The NATs of this machine, as `expectations` wants them. */
function natsOf({ interfaces }: Netcheck) {
  const routes = interfaces.flatMap((nic) => nic.routes)
  return routes.flatMap(({ family, externalAddresses, nat }) =>
    (['udp', 'tcp'] as const).map((protocol) => ({
      family,
      protocol,
      report: { ...nat[protocol], externalAddresses },
    })),
  )
}

interface Shown {
  readonly own: NodeRecord
  readonly peer: NodeRecord
  readonly plan: readonly Expectation[]
}

function showPlan({ output }: Context, { own, peer, plan }: Shown): void {
  output.event({ event: 'situation', own: situationFields(own), peer: situationFields(peer) })
  for (const one of plan) output.event({ event: 'plan', ...one })
  const rows = plan.map(({ strategy, expected, reason }) => [
    strategy,
    `${Math.round(expected * 100)} %`,
    reason,
  ])
  output.info(formatTable({ head: ['plan', 'chance', 'reason'], rows }))
}

/** As `lab replay` reads it. */
function situationFields({ candidates, sides }: NodeRecord): object {
  const nats = sides.map(({ family, protocol, side }) => ({ family, protocol, report: side.nat }))
  return { candidates, nats }
}

/** Calls the peer, and tells the path, or each reason why there is none. */
async function tryCall(context: Context, node: Caller, callee: string): Promise<CallFinding> {
  try {
    const calling = node.connect(callee, { signal: context.interrupted })
    const pipe = await showProgress(context.output, 'Calling the peer', calling)
    const { strategy, elapsedMs, report } = pipe.connection
    context.output.info(formatTimeLine(report))
    const evidence = `connected by ${strategy} in ${Math.round(elapsedMs)} ms`
    await closeInTime(pipe, context.interrupted).catch(() => {}) // The call has succeeded, whatever the peer says at its end.
    return strategy === 'relay'
      ? { ...relayed(evidence, report), strategy }
      : { check: 'call', status: 'ok', evidence, strategy }
  } catch (error) {
    if (context.interrupted.aborted) throw error
    context.output.info(formatTimeLine(reportOf(error)))
    return failed(error)
  }
}

/** Whether the call went as the plan says. */
function compared(plan: readonly Expectation[], { strategy }: CallFinding): Finding {
  const expected = expectedStrategy(plan)
  const check = 'plan'
  if (strategy === expected) return { check, status: 'ok', evidence: `${expected} was expected, and it was` }
  const evidence = `${expected} was expected, and it was ${strategy ?? 'no path at all'}`
  if (strategy !== undefined && strategy !== 'relay') return { check, status: 'ok', evidence }
  const remedy = 'A firewall between the two may drop it: run it again, then `p2pd doctor` at the other end.'
  return { check, status: 'warn', evidence, remedy }
}

function failed(error: unknown): Finding {
  return { check: 'call', status: 'fail', evidence: (error as Error).message, remedy: remedyOf(error) }
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
