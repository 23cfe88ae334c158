import { type Clock, type RandomBytes, sleep } from '@p2pd/netif'
import {
  executeTcpPunch,
  executeUdpPunch,
  portAssignmentOf,
  type ImpossiblePlan,
  planPunch,
  PunchError,
  type PunchPlan,
  type Technique,
} from '@p2pd/punch'
import { scatterMs, signallingTripMs } from './conditions.ts'
import { areOnePath, closeEnd, type PathEnd } from './path.ts'
import { type CallHost, type PreparedSide, prepareSide, type SideNat } from './prepare-side.ts'

/** Clock and randomness of an Internet, virtual or real. */
export interface PunchEnvironment {
  readonly clock: Clock
  readonly random: RandomBytes
}

/** A side of a call, with the report of its NAT. */
export interface CallSide {
  readonly nat: SideNat
  readonly host: CallHost
}

/** A call between two hosts. */
export interface Call {
  readonly protocol: 'udp' | 'tcp'
  readonly caller: CallSide
  readonly peer: CallSide
  /** Ends the call, which then counts as failed. */
  readonly signal?: AbortSignal
}

/** The result of a punch. Times are in milliseconds from the call to the open path, before authentication. */
export interface PunchResult {
  readonly technique: Technique | 'impossible'
  readonly outcome: 'connected' | 'skipped' | 'failed'
  readonly reason?: string
  /** Until the caller had the path, or knew that there is none. */
  readonly callerMs: number
  /** The time that the slower side punched, and its limit. */
  readonly punchMs: number
  readonly boundMs: number
}

/** The sides that are ready before the call; undefined for a side that has to prepare during the call. */
export interface PreparedCall {
  readonly caller: PreparedSide | undefined
  readonly peer: PreparedSide | undefined
}

/** Prepares both sides, exchanges their descriptions, punches, and checks that both hold ends of the same path. */
export async function runPunch(context: PunchEnvironment, call: Call): Promise<PunchResult> {
  return runPreparedPunch(context, call, await prepareCall(call))
}

/** Does the work before a call: it fetches the mappings that stay valid. */
export async function prepareCall(call: Call): Promise<PreparedCall> {
  const [caller, peer] = await Promise.all([prepareBefore(call.caller, call), prepareBefore(call.peer, call)])
  return { caller, peer }
}

/** Runs the call itself, after {@link prepareCall}. */
export async function runPreparedPunch(
  context: PunchEnvironment,
  call: Call,
  prepared: PreparedCall,
): Promise<PunchResult> {
  const { clock } = context
  const token = context.random(16)
  const calledAt = clock.now()
  const caller = prepared.caller ?? (await prepareSide(call.caller.host, call.caller.nat, call.protocol))
  // The caller has the peer's record when the offer reaches the peer; a fresh prediction comes with the answer.
  await sleep(clock, signallingTripMs(draw(context)))
  const peer = prepared.peer ?? (await prepareSide(call.peer.host, call.peer.nat, call.protocol))
  const answers = prepared.peer === undefined
  const starts = [
    {
      callSide: call.caller,
      prepared: caller,
      plan: planFor(call, caller, peer, true),
      delayMs: answers ? signallingTripMs(draw(context)) : scatterMs(draw(context)),
    },
    {
      callSide: call.peer,
      prepared: peer,
      plan: planFor(call, peer, caller, false),
      delayMs: answers ? 0 : scatterMs(draw(context)),
    },
  ] as const
  try {
    return await punch(context, call, token, starts, calledAt)
  } finally {
    caller.release()
    peer.release()
  }
}

/** Fetches mappings before the call, except where a counting NAT would make them stale. */
async function prepareBefore({ host, nat }: CallSide, { protocol }: Call): Promise<PreparedSide | undefined> {
  return portAssignmentOf(nat) === 'sequential' ? undefined : await prepareSide(host, nat, protocol)
}

function planFor({ protocol }: Call, own: PreparedSide, other: PreparedSide, controlling: boolean) {
  const { nat, endpoints, hosts } = other.side
  return planPunch(own.side, { nat, endpoints, hosts }, { protocol, controlling })
}

/** A side that is ready to punch. */
interface Start {
  readonly callSide: CallSide
  readonly prepared: PreparedSide
  readonly plan: PunchPlan | ImpossiblePlan
  /** Milliseconds after the first moment at which both sides are ready. */
  readonly delayMs: number
}

interface Opened {
  readonly end: PathEnd
  readonly openedAt: number
  readonly punchMs: number
}

async function punch(
  { clock }: PunchEnvironment,
  { signal }: Call,
  token: Uint8Array,
  [a, b]: readonly [Start, Start],
  calledAt: number,
): Promise<PunchResult> {
  const none = { callerMs: 0, punchMs: 0, boundMs: 0 }
  if (a.plan.technique === 'impossible' && b.plan.technique === 'impossible')
    return { technique: 'impossible', outcome: 'skipped', reason: a.plan.reason, ...none }
  if (a.plan.technique === 'impossible' || b.plan.technique === 'impossible') {
    const reason = `one side plans ${a.plan.technique}, the other ${b.plan.technique}`
    return { technique: a.plan.technique, outcome: 'failed', reason, ...none }
  }
  const boundMs = Math.max(...[a.plan, b.plan].map(({ timing }) => timing.startMs + timing.boundMs))
  const common = { technique: a.plan.technique, boundMs }
  const startedAt = clock.now()
  const ends = await Promise.allSettled([open(a.plan, a, token, signal), open(b.plan, b, token, signal)])
  const opened = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  const failure = ends.find((end) => end.status === 'rejected')
  try {
    if (failure !== undefined && !(failure.reason instanceof PunchError)) throw failure.reason as Error
    const [one, other] = opened
    if (failure !== undefined || one === undefined || other === undefined) {
      const reason = (failure?.reason as PunchError | undefined)?.message ?? ''
      // The side that began last ends last.
      const punchMs = clock.now() - startedAt - Math.max(a.delayMs, b.delayMs)
      return { ...common, outcome: 'failed', reason, callerMs: clock.now() - calledAt, punchMs }
    }
    const times = { callerMs: one.openedAt - calledAt, punchMs: Math.max(one.punchMs, other.punchMs) }
    if (await areOnePath(clock, one.end, other.end)) return { ...common, outcome: 'connected', ...times }
    return { ...common, outcome: 'failed', reason: 'the two ends are not of one path', ...times }
  } finally {
    for (const { end } of opened) closeEnd(end)
  }
}

async function open(
  plan: PunchPlan,
  { callSide, prepared, delayMs }: Start,
  token: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Opened> {
  const { clock, network, random } = callSide.host
  await sleep(clock, delayMs)
  const startedAt = clock.now()
  const ports = { network, clock, random }
  const options = { token, ...(signal && { signal }) }
  const end =
    plan.protocol === 'udp'
      ? { udp: await executeUdpPunch(plan, ports, { ...options, sockets: prepared.sockets }) }
      : { tcp: await executeTcpPunch(plan, ports, options) }
  const openedAt = clock.now()
  return { end, openedAt, punchMs: openedAt - startedAt }
}

function draw({ random }: PunchEnvironment): number {
  return (random(1)[0] ?? 0) / 255
}
