import type { TcpConnection, TcpListener } from '@p2pd/netif'
import { AmplificationLimit } from '../amplification-limit.ts'
import type { PunchPlan } from '../plan/plan.ts'
import type { PunchOptions, PunchPorts } from '../plan/ports.ts'
import { PunchError } from '../punch-error.ts'
import { checkToken } from '../token.ts'
import { type Dialling, dialTargets, sendOpener, sendOpenersInTurn } from './dialler.ts'
import { Nomination } from './nomination.ts'
import { pause } from './pause.ts'

/**
 * Carries out a TCP plan: one connection, the same on both sides, or a `PunchError`. Every other is closed. The
 * connections by which the plan's local ports were mapped must stay open until then, on a network that reuses ports;
 * on another they must be closed before. RFC 9293 §3.5, RFC 5382 §4.
 */
export async function executeTcpPunch(
  plan: PunchPlan,
  ports: PunchPorts,
  options: PunchOptions,
): Promise<TcpConnection> {
  checkToken(options.token)
  const over = new AbortController()
  const { clock } = ports
  const { startMs, boundMs } = plan.timing
  const bound = new PunchError('PUNCH_TIMEOUT', `nothing came through within ${boundMs / 1000} s`)
  const cancel = clock.at(clock.now() + startMs + boundMs, () => over.abort(bound))
  const abort = () =>
    over.abort(new PunchError('PUNCH_ABORTED', 'the punch was given up', { cause: options.signal?.reason }))
  if (options.signal?.aborted) abort()
  options.signal?.addEventListener('abort', abort)
  try {
    return await run(plan, ports, options, over)
  } finally {
    cancel()
    options.signal?.removeEventListener('abort', abort)
  }
}

/** Until a connection is nominated or `over` aborts; then every dial has ended. */
async function run(
  plan: PunchPlan,
  ports: PunchPorts,
  options: PunchOptions,
  over: AbortController,
): Promise<TcpConnection> {
  let winner: TcpConnection | undefined
  const nomination = new Nomination(plan, options.token, ports.clock, (connection) => {
    winner = connection
    over.abort()
  })
  const { signal } = over
  signal.addEventListener('abort', () => nomination.close())
  const enter = (connection: TcpConnection) => nomination.enter(connection)
  const dialling = { plan, ports, options, limit: new AmplificationLimit(), signal, enter }
  await pause(ports.clock, plan.timing.startMs, signal)
  if (plan.listener === 'local') await openAndListen(dialling)
  else await dialTargets(dialling)
  // Out of polite dials: what is under way may still come through.
  if (!signal.aborted) await aborted(signal)
  if (winner === undefined) throw signal.reason as PunchError
  return winner
}

/** First the openers: a port that listens cannot dial any more. */
async function openAndListen(dialling: Dialling): Promise<void> {
  const { plan, ports, options, signal } = dialling
  const { interfaceName } = options
  const [local] = plan.sockets
  if (local === undefined || signal.aborted) return
  if (ports.network.reusesTcpPorts === false) await sendOpenersInTurn(dialling)
  else for (const target of plan.targets) sendOpener(dialling, target)
  if (signal.aborted) return
  let listener: TcpListener
  try {
    const nic = interfaceName !== undefined && { interfaceName }
    listener = await ports.network.listenTcp({ local, ...nic })
  } catch (cause) {
    throw new PunchError('PUNCH_NO_SOCKET', `cannot listen: ${(cause as Error).message}`, { cause })
  }
  listener.onConnection((connection) => void dialling.enter(connection))
  await aborted(signal)
  await listener.close()
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })
}
