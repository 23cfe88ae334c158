import { type ByteStream, type Clock, type RandomBytes, sleep, type UdpSocket } from '@p2pd/netif'
import {
  endpointsWanted,
  executeTcpPunch,
  executeUdpPunch,
  portAssignmentOf,
  type LocalSide,
  planPunch,
  type PunchPlan,
} from '@p2pd/punch'
import type { BoxReport } from '../../src/punching/nat-report.ts'
import { type CallHost, prepareSide } from '../../src/punching/prepare-side.ts'

/** A side of two attempts, with the faults of its report. */
export interface Trier {
  readonly host: CallHost
  readonly nat: BoxReport
  /** Ports that other hosts take from the counter between the report and the punch. @default 0 */
  readonly drift?: number
  /** Delay of this side's start. @default 0 */
  readonly lateMs?: number
}

/** Two attempts in a row, each with new sides; returns the plan and the result of each. */
export async function twoAttempts(
  protocol: 'udp' | 'tcp',
  world: { readonly clock: Clock; readonly random: RandomBytes },
  triers: readonly [Trier, Trier],
): Promise<string[]> {
  const outcomes: string[] = []
  for (const attempt of [0, 1]) {
    const prepared = await Promise.all(
      triers.map(async (trier) => {
        const ready = await prepareSide(trier.host, trier.nat, protocol)
        return { ...ready, trier, side: widened(ready.side, attempt, trier.drift ?? 0) }
      }),
    )
    const [caller, peer] = prepared as [(typeof prepared)[number], (typeof prepared)[number]]
    const token = world.random(16)
    const plans = [
      planPunch(caller.side, peer.side, { protocol, controlling: true, failedAttempts: attempt }),
      planPunch(peer.side, caller.side, { protocol, controlling: false, failedAttempts: attempt }),
    ] as PunchPlan[]
    const ends = await Promise.allSettled(
      prepared.map(async ({ trier: { host, lateMs = 0 }, sockets }, i) => {
        await sleep(world.clock, lateMs)
        const plan = plans[i] as PunchPlan
        return protocol === 'udp'
          ? closing((await executeUdpPunch(plan, host, { token, sockets })).socket)
          : closing((await executeTcpPunch(plan, host, { token })).stream)
      }),
    )
    for (const end of ends) if (end.status === 'fulfilled') end.value()
    for (const side of prepared) side.release()
    const connected = ends.every(({ status }) => status === 'fulfilled')
    outcomes.push(`${plans[0]?.technique} ${connected ? 'connected' : 'failed'}`)
  }
  return outcomes
}

function closing(end: UdpSocket | ByteStream): () => void {
  return () => void ('destroy' in end ? end.destroy() : end.close())
}

/** The predictions for this attempt, wrong by the ports that others take meanwhile. */
function widened(side: LocalSide, attempt: number, drift: number): LocalSide {
  const [endpoint, local] = [side.endpoints[0], side.locals[0]]
  if (portAssignmentOf(side.nat) !== 'sequential' || endpoint === undefined || local === undefined)
    return side
  const { value } = side.nat.delta
  const steps = Array.from({ length: endpointsWanted(side.nat, attempt) }, (_, i) => i)
  return {
    ...side,
    endpoints: steps.map((i) => ({ ...endpoint, port: endpoint.port + value * (i - drift) })),
    locals: steps.map((i) => ({ ...local, port: local.port + i })),
  }
}
