import { abortable, formatTransportAddress, withDeadline } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'
import { parseTarget, type PeerPipe, type StrategyName } from '@p2pd/node'
import { verifyEd25519 } from '@p2pd/node/node'
import { ByteFields } from '../byte-fields.ts'
import { CliError } from '../cli-error.ts'
import { closeInTime } from '../ending/close-in-time.ts'
import { type Context, reportOf } from '../context.ts'
import { joinStdio } from '../join.ts'
import { lookUp } from './look-up.ts'
import { announcePaths } from '../path-events.ts'
import { showProgress } from '../progress/show-progress.ts'
import { type Caller, withCaller } from '../user-daemon/with-caller.ts'
import { withNode } from '../with-node.ts'
import { formatTimeLine } from './time-line.ts'

export interface ConnectOptions {
  readonly strategies?: readonly StrategyName[]
  /** Milliseconds. */
  readonly timeout: number
  readonly send?: string
  readonly recv?: number
  readonly report?: true
}

/** `p2pd connect`: connects to a peer, then sends and receives what the options say, or joins standard input and output. */
export async function connect(context: Context, target: string, options: ConnectOptions): Promise<void> {
  const callee = await lookUp(context, target) // A typing error is reported before anything is started.
  const { type } = parseTarget(callee, verifyEd25519)
  const startedAt = performance.now()
  // Nobody else is at the other end of a call to oneself.
  const own = { needsBrokers: type === 'id', echo: type === 'self', announce: false }
  const run = async (node: Caller, context: Context) => {
    const startMs = tenths(performance.now() - startedAt)
    const { strategies, timeout: timeoutMs } = options
    const how = { timeoutMs, signal: context.interrupted, ...(strategies && { strategies }) }
    const calling = node.connect(callee, how)
    const pipe = await showProgress(context.output, `Calling ${target}`, calling).catch((error: unknown) => {
      if (options.report) context.output.info(formatTimeLine(reportOf(error)))
      throw error
    })
    announce(context, pipe, startMs)
    announcePaths(context, pipe)
    if (options.report) context.output.info(formatTimeLine(pipe.connection.report))
    if (options.send === undefined && options.recv === undefined) return joinStdio(pipe, context)
    await exchange(context, pipe, options)
  }
  // This process calls itself, whatever daemon runs.
  if (type === 'self') await withNode(context, own, (node) => run(node, context))
  else await withCaller(context, own, run)
}

function announce({ output }: Context, pipe: PeerPipe, startMs: number): void {
  const { peer, connection } = pipe
  const { strategy, encrypted, report } = connection
  const elapsedMs = tenths(connection.elapsedMs)
  const local = formatTransportAddress(pipe.local)
  const remote = pipe.remote === undefined ? '' : formatTransportAddress(pipe.remote)
  output.event({ event: 'connected', peer, strategy, elapsedMs, startMs, local, remote, encrypted, report })
  output.info(`Connected to ${remote} by ${strategy} in ${elapsedMs} ms${encrypted ? ', encrypted' : ''}`)
}

/** Sends and receives what was asked for, within the time-out. */
async function exchange(
  { output, stdout, interrupted }: Context,
  pipe: PeerPipe,
  options: ConnectOptions,
): Promise<void> {
  const startedAt = performance.now()
  const { send, recv = 0, timeout } = options
  try {
    if (send !== undefined) await pipe.send(send)
    const received: Uint8Array[] = []
    let bytes = 0
    let firstByteMs = 0
    const came = (why: string, cause?: unknown) =>
      new CliError('CLI_RECEIVE', `${bytes} of ${recv} bytes came ${why}`, { cause })
    const timedOut = () => came(`within ${timeout} ms`)
    const deadline = { clock: systemClock, timeoutMs: timeout, signal: interrupted, timedOut }
    if (recv === 0) {
      const late = () =>
        new CliError('CLI_SEND', `the peer did not acknowledge everything within ${timeout} ms`)
      return await withDeadline({ ...deadline, timedOut: late }, (signal) => abortable(pipe.close(), signal))
    }
    await withDeadline(deadline, async (signal) => {
      while (bytes < recv) {
        const { data } = await pipe.recv({ signal }).catch((cause: unknown) => {
          throw came('before the peer closed the pipe', cause)
        })
        if (bytes === 0) firstByteMs = tenths(performance.now() - startedAt)
        received.push(data)
        bytes += data.length
      }
    })
    const data = Buffer.concat(received).subarray(0, recv)
    output.event({ event: 'received', ...new ByteFields().next(data), firstByteMs })
    if (output.json) return
    stdout.write(data)
    if (isTerminal(stdout)) stdout.write('\n') // The prompt of the shell starts on a line of its own.
  } finally {
    await closeInTime(pipe, interrupted)
  }
}

function isTerminal(stream: Context['stdout'] & { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true
}

function tenths(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}
