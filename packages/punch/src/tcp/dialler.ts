import type { TcpConnection, TransportAddress } from '@p2pd/netif'
import type { AmplificationLimit } from '../amplification-limit.ts'
import type { PunchPlan, Target } from '../plan/plan.ts'
import type { PunchOptions, PunchPorts } from '../plan/ports.ts'
import { OPENER_PORT } from '../plan/plan-external.ts'
import { pause } from './pause.ts'
import { Redial } from './redial.ts'

/** What one target's dials share with the others'. */
export interface Dialling {
  readonly plan: PunchPlan
  readonly ports: PunchPorts
  readonly options: PunchOptions
  readonly limit: AmplificationLimit
  /** Ends all dials. */
  readonly signal: AbortSignal
  /** Takes a connection; resolves once it has won or is closed. */
  readonly enter: (connection: TcpConnection) => Promise<void>
}

/** Dials every target again and again until `signal` ends it: by simultaneous open nobody knows which SYN gets through. */
export async function dialTargets(dialling: Dialling): Promise<void> {
  const { plan, ports } = dialling
  const groups = ports.network.reusesTcpPorts === false ? bySocket(plan) : plan.targets.map((one) => [one])
  await Promise.all(groups.map((targets) => dialInTurn(dialling, targets, groups.length)))
}

/** One group for each local port: what has it for itself can dial one remote at a time. */
function bySocket({ sockets, targets }: PunchPlan): Target[][] {
  return sockets.map((_, socket) => targets.filter((one) => one.socket === socket))
}

async function dialInTurn(dialling: Dialling, targets: readonly Target[], sideBySide: number): Promise<void> {
  const { plan, ports, limit, signal } = dialling
  // A dial that keeps others from the port may not hang for long, wherever it leads.
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
      // Refused, reset, unreachable, port still in use by the dial before: all mean the same here, not yet.
      waitMs = hang.signal.aborted ? redial.hung() : redial.refused()
    }
    cancel()
    await pause(ports.clock, waitMs, signal)
  }
}

/** Long enough for the SYN to leave: a few turns of a busy event loop. */
const OPENER_HOLD_MS = 20
/** Nobody repeats a SYN that is lost once its port listens. */
const OPENER_ROUNDS = 2

/** Like `sendOpener`, for all targets in turn; the port is free again when this ends. */
export async function sendOpenersInTurn(dialling: Dialling): Promise<void> {
  const { plan, ports, signal } = dialling
  for (let turn = 0; turn < OPENER_ROUNDS * plan.targets.length && !signal.aborted; turn++) {
    const planned = plan.targets[turn % plan.targets.length]
    if (planned === undefined) return
    // For a filter by address any port will do. From this one nothing comes that would meet the SYN: a connection
    // that opens in the moment in which it is given up would stand at the other end.
    const target =
      plan.technique === 'open-then-listen'
        ? { ...planned, remote: { ...planned.remote, port: OPENER_PORT } }
        : planned
    const hold = new AbortController()
    const over = pause(ports.clock, OPENER_HOLD_MS, signal).then(() => hold.abort())
    sendOpener({ ...dialling, signal: AbortSignal.any([signal, hold.signal]) }, target)
    await over
  }
}

/** Sends SYNs for the hole they leave in the own NAT. When the peer comes from that very port, they connect, too. */
export function sendOpener(dialling: Dialling, { socket, remote }: Target): void {
  const local = dialling.plan.sockets[socket]
  if (local === undefined) return
  // A refusal is all that an opener expects.
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
