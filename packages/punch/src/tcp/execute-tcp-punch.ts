import { sleep, type TcpConnection, type TcpListener, withDeadline } from '@p2pd/netif'
import { AmplificationLimit } from '../amplification-limit.ts'
import type { PunchPlan } from '../plan/plan.ts'
import type { PunchOptions, PunchPorts } from '../plan/ports.ts'
import { PunchError } from '../punch-error.ts'
import { checkToken } from '../token.ts'
import { type Dialling, dialTargets, ignoreAbort, sendOpener, sendOpenersInTurn } from './dialler.ts'
import { Nomination } from './nomination.ts'

/**
 * Carries out a TCP plan. Resolves to one connection, the same on both sides, and closes every other. Throws
 * `PUNCH_TIMEOUT`, `PUNCH_ABORTED`, `PUNCH_NO_SOCKET` or `PUNCH_INVALID_ARGUMENT`.
 *
 * On a network that reuses ports, the connections to STUN servers that mapped the local ports must stay open until
 * then. On another network they must be closed before. RFC 9293 §3.5, RFC 5382 §4.
 */
export async function executeTcpPunch(
  plan: PunchPlan,
  ports: PunchPorts,
  options: PunchOptions,
): Promise<TcpConnection> {
  checkToken(options.token)
  const { startMs, boundMs } = plan.timing
  const deadline = {
    clock: ports.clock,
    timeoutMs: startMs + boundMs,
    signal: options.signal,
    timedOut: () => new PunchError('PUNCH_TIMEOUT', `no connection came through within ${boundMs / 1000} s`),
    aborted: (cause: unknown) => new PunchError('PUNCH_ABORTED', 'the punch was given up', { cause }),
  }
  return withDeadline(deadline, (signal) => run(plan, ports, options, signal))
}

/** Until a connection is nominated or the deadline ends the punch; then every dial has ended. */
async function run(
  plan: PunchPlan,
  ports: PunchPorts,
  options: PunchOptions,
  deadline: AbortSignal,
): Promise<TcpConnection> {
  let winner: TcpConnection | undefined
  const won = new AbortController()
  const nomination = new Nomination(plan, options.token, ports.clock, (connection) => {
    winner = connection
    won.abort()
  })
  const signal = AbortSignal.any([deadline, won.signal])
  // Node.js 20 keeps a combined signal for ever when a listener is left on it.
  signal.addEventListener('abort', () => nomination.close(), { once: true })
  const enter = (connection: TcpConnection) => nomination.enter(connection)
  const dialling = { plan, ports, options, limit: new AmplificationLimit(), signal, enter }
  await sleep(ports.clock, plan.timing.startMs, signal).catch(ignoreAbort)
  if (plan.listener === 'local') await openAndListen(dialling)
  else await dialTargets(dialling)
  // The limit allows no more dials: those under way may still come through.
  await aborted(signal)
  if (winner === undefined) throw deadline.reason as PunchError
  return winner
}

/** Openers first: a port that listens cannot dial any more. */
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
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
