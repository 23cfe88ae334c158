import { sleep, type TcpConnection, type TransportAddress } from '@p2pd/netif'
import type { AmplificationLimit } from '../amplification-limit.ts'
import type { PunchPlan, PunchTarget } from '../plan/plan.ts'
import type { PunchOptions, PunchPorts } from '../plan/ports.ts'
import { OPENER_PORT } from '../plan/plan-external.ts'
import { Redial } from './redial.ts'

/** The state that the dials to all targets share. */
export interface Dialling {
  readonly plan: PunchPlan
  readonly ports: PunchPorts
  readonly options: PunchOptions
  readonly limit: AmplificationLimit
  /** Ends all dials. */
  readonly signal: AbortSignal
  /** Takes a connection; resolves once it is nominated or closed. */
  readonly enter: (connection: TcpConnection) => Promise<void>
}

/** Dials every target again and again until `signal` aborts: either side's SYN may be the one that gets through. */
export async function dialTargets(dialling: Dialling): Promise<void> {
  const { plan, ports } = dialling
  const groups = ports.network.reusesTcpPorts === false ? bySocket(plan) : plan.targets.map((one) => [one])
  await Promise.all(groups.map((targets) => dialInTurn(dialling, targets, groups.length)))
}

/** One group for each local port: a port that cannot be shared dials one remote at a time. */
function bySocket({ sockets, targets }: PunchPlan): PunchTarget[][] {
  return sockets.map((_, socket) => targets.filter((one) => one.socket === socket))
}

async function dialInTurn(
  dialling: Dialling,
  targets: readonly PunchTarget[],
  sideBySide: number,
): Promise<void> {
  const { plan, ports, limit } = dialling
  // Node.js warns of more than ten listeners at one signal, and there may be more groups.
  const signal = AbortSignal.any([dialling.signal])
  // A dial that keeps other dials from the port must not hang for long.
  const redial = new Redial(
    ports.random,
    sideBySide,
    plan.listener === 'remote' || targets.length > 1 ? 'listens' : 'dials',
  )
  for (let turn = 0; !signal.aborted; turn++) {
    const target = targets[turn % targets.length]
    const local = target && plan.sockets[target.socket]
    if (target === undefined || local === undefined || !limit.allow(target.remote)) return
    const { remote } = target
    const hang = new AbortController()
    const cancel = ports.clock.at(ports.clock.now() + redial.hangMs(), () => hang.abort())
    let waitMs: number
    try {
      const connection = await dial(dialling, local, remote, AbortSignal.any([signal, hang.signal]))
      cancel()
      await dialling.enter(connection)
      waitMs = redial.refused()
    } catch {
      // Refused, reset, unreachable, port still in use by the dial before: all mean that the peer is not there yet.
      waitMs = hang.signal.aborted ? redial.hung() : redial.refused()
    }
    cancel()
    await sleep(ports.clock, waitMs, signal).catch(ignoreAbort)
  }
}

/** Long enough for the SYN to leave: a few turns of a busy event loop. */
const OPENER_HOLD_MS = 20
/** The kernel does not repeat a lost SYN once its port listens. */
const OPENER_ROUNDS = 2

/** Like `sendOpener`, for all targets in turn; the port is free afterwards. */
export async function sendOpenersInTurn(dialling: Dialling): Promise<void> {
  const { plan, ports, signal } = dialling
  for (let turn = 0; turn < OPENER_ROUNDS * plan.targets.length && !signal.aborted; turn++) {
    const planned = plan.targets[turn % plan.targets.length]
    if (planned === undefined) return
    // A filter by address opens for any port. The peer sends nothing from this one, so the SYN cannot become a
    // connection while the dial is being given up. The peer would keep such a connection.
    const target =
      plan.technique === 'open-then-listen'
        ? { ...planned, remote: { ...planned.remote, port: OPENER_PORT } }
        : planned
    const hold = new AbortController()
    const over = sleep(ports.clock, OPENER_HOLD_MS, signal).catch(ignoreAbort)
    sendOpener({ ...dialling, signal: AbortSignal.any([signal, hold.signal]) }, target)
    await over
    hold.abort()
  }
}

/** Sends SYNs that open the own NAT. When the peer dials from that very port, they connect as well. */
export function sendOpener(dialling: Dialling, { socket, remote }: PunchTarget): void {
  const local = dialling.plan.sockets[socket]
  if (local === undefined) return
  // An opener expects a refusal.
  dial(dialling, local, remote, dialling.signal).then(dialling.enter, () => {})
}

function dial(
  { ports, options }: Dialling,
  local: TransportAddress,
  remote: TransportAddress,
  signal: AbortSignal,
): Promise<TcpConnection> {
  const { interfaceName } = options
  return ports.network.dial({ local, remote, signal, ...(interfaceName !== undefined && { interfaceName }) })
}

/** A punch that is over ends its pauses; the loops look at the signal themselves. */
export function ignoreAbort(): void {}
