import { formatTransportAddress } from '@p2pd/netif'
import type { PeerPipe, StrategyName } from '@p2pd/node'
import { PING_SERVICE } from '@p2pd/node/node'
import { setTimeout as wait } from 'node:timers/promises'
import { CliError } from '../../cli-error.ts'
import { closeInTime } from '../../ending/close-in-time.ts'
import type { Context } from '../../context.ts'
import { announcePaths } from '../../path-events.ts'
import { showProgress } from '../../progress/show-progress.ts'
import { withCaller } from '../../user-daemon/with-caller.ts'
import { lookUp } from '../look-up.ts'
import { withRemedy } from '../with-remedy.ts'

export interface PingOptions {
  readonly count: number
  readonly untilDirect?: true
  readonly require?: string
  /** Milliseconds. */
  readonly timeout: number
}

/** Time between two, and the longest time for an answer. */
const INTERVAL_MS = 500
const ANSWER_MS = 5000
/** A path that is not direct after so many will not become it. */
const MAX_UNTIL_DIRECT = 120

/** `p2pd ping`: round trips to a peer, and the path of each. */
export async function ping(context: Context, target: string, options: PingOptions): Promise<void> {
  const { output } = context
  const callee = await lookUp(context, target)
  await withCaller(context, { announce: false }, async (node, context) => {
    const { timeout: timeoutMs } = options
    const how = { service: PING_SERVICE, timeoutMs, signal: context.interrupted }
    const calling = node.connect(callee, how)
    const pipe = await showProgress(output, `Calling ${target}`, calling).catch((error: unknown) => {
      throw withRemedy(error, 'a peer answers `ping` for its contacts; `p2pd pair` makes both sides contacts')
    })
    announcePaths(context, pipe)
    try {
      await pings(context, pipe, options)
    } finally {
      await closeInTime(pipe, context.interrupted)
    }
  })
}

/** Round trips over a pipe, and their summary. Fails when none was answered, or when the peer has gone. */
export async function pings(context: Context, pipe: PeerPipe, options: PingOptions): Promise<void> {
  const { output, interrupted } = context
  const times: number[] = []
  const most = options.untilDirect ? MAX_UNTIL_DIRECT : options.count
  let sent = 0
  await roundTrip(pipe, 0, interrupted) // Loads what the others need, at both ends.
  while (sent < most && !interrupted.aborted) {
    sent++
    const rttMs = await roundTrip(pipe, sent, interrupted)
    if (rttMs !== undefined) times.push(rttMs)
    tell(context, pipe, sent, rttMs)
    if (pipe.closed || (options.untilDirect && pipe.connection.strategy !== 'relay')) break
    if (sent < most) await wait(INTERVAL_MS, undefined, { signal: interrupted }).catch(() => {}) // The loop ends.
  }
  const sorted = times.sort((a, b) => a - b)
  /** The smallest time that this share of the others does not exceed. */
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
  const relayed = relayReason(pipe.connection)
  const summary = {
    minMs: at(0),
    medianMs: at(0.5),
    p95Ms: at(0.95),
    lost: sent - times.length,
    ...(relayed !== undefined && { relayed }),
  }
  output.event({ event: 'summary', ...summary })
  const { minMs, medianMs, p95Ms, lost } = summary
  output.result(
    `min ${minMs ?? '-'} ms, median ${medianMs ?? '-'} ms, p95 ${p95Ms ?? '-'} ms, lost ${lost} of ${sent}${relayed === undefined ? '' : `; ${relayed}`}`,
  )
  if (pipe.closed)
    throw new CliError(
      'CLI_UNANSWERED',
      `the peer has gone: ${times.length} of ${sent} ${times.length === 1 ? 'was' : 'were'} answered`,
    )
  if (times.length === 0) throw new CliError('CLI_UNANSWERED', 'no answer came')
  if (relayed !== undefined && (options.require === 'direct' || options.untilDirect))
    throw new CliError(
      'CLI_NOT_DIRECT',
      'the path is a relay: `p2pd connect --report` says why no direct one was found',
    )
}

/** The reason for a path through a relay, in the words of the report; undefined for another path. */
export function relayReason({
  strategy,
  report,
}: Pick<PeerPipe['connection'], 'strategy' | 'report'>): string | undefined {
  if (strategy !== 'relay') return undefined
  const won = report.filter((line) => line.strategy === 'relay' && line.outcome === 'won').at(-1)
  return won?.reason ?? 'relayed, because of a reason that is unknown'
}

/** Milliseconds until the peer has sent the number back; undefined when it does not. */
async function roundTrip(pipe: PeerPipe, number: number, signal: AbortSignal): Promise<number | undefined> {
  const data = new Uint8Array(4)
  new DataView(data.buffer).setUint32(0, number)
  const startedAt = performance.now()
  try {
    await pipe.send(data)
    for (;;) {
      const { data: answer } = await pipe.recv({ timeoutMs: ANSWER_MS, signal })
      // A late answer may come together with this one.
      if (Buffer.from(answer).subarray(-4).equals(Buffer.from(data))) break
    }
    return Math.round((performance.now() - startedAt) * 10) / 10
  } catch {
    return undefined // It counts as lost.
  }
}

function tell({ output }: Context, { connection }: PeerPipe, seq: number, rttMs: number | undefined): void {
  const { strategy } = connection
  const remote = formatTransportAddress(connection.remote)
  if (rttMs === undefined) output.event({ event: 'unanswered', seq, strategy, remote })
  else output.event({ event: 'pong', seq, rttMs, strategy, remote })
  const what = rttMs === undefined ? 'lost' : `${rttMs} ms`
  output.info(`seq=${seq} ${what} ${wayOf(strategy)} ${remote}`)
}

/** Whether a path is direct comes first: people ask for that. */
function wayOf(strategy: StrategyName): string {
  return strategy === 'relay' || strategy === 'direct' ? strategy : `direct by ${strategy}`
}
