import type { TcpConnection, TransportAddress } from '@p2pd/netif'
import type { Courtesy } from '../courtesy.ts'
import type { PunchPlan, Target } from '../plan.ts'
import type { PunchOptions, PunchPorts } from '../ports.ts'
import { pause } from './pause.ts'
import { Redial } from './redial.ts'

/** What one target's dials share with the others'. */
export interface Dialling {
  readonly plan: PunchPlan
  readonly ports: PunchPorts
  readonly options: PunchOptions
  readonly courtesy: Courtesy
  /** Ends all dials. */
  readonly signal: AbortSignal
  /** Takes a connection; resolves once it has won or is closed. */
  readonly enter: (connection: TcpConnection) => Promise<void>
}

/** Dials a target again and again until `signal` ends it: by simultaneous open nobody knows which SYN gets through. */
export async function dialTarget(dialling: Dialling, { socket, remote }: Target): Promise<void> {
  const { plan, ports, courtesy, signal } = dialling
  const local = plan.sockets[socket]
  const redial = new Redial(
    ports.random,
    plan.targets.length,
    plan.listener === 'remote' ? 'listens' : 'dials',
  )
  while (!signal.aborted && local !== undefined && courtesy.allow(remote)) {
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
