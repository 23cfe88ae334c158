import type { Message } from '../signalling/message.ts'
import type { Path } from '../pipes/path.ts'
import type { Race } from '../race/race.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { headStartOf } from '../strategies/attempt-delay.ts'
import type { ReflexiveGatherer } from '../gathering/reflexive-gatherer.ts'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import { meet, withoutLoopback } from './pairing.ts'
import { PunchAttempt } from './punch-attempt.ts'
import type { Mutex } from './mutex.ts'

/** What the peer's half of punches works with. */
export interface PunchBackOptions {
  readonly runtime: Runtime
  readonly gatherer: Pick<ReflexiveGatherer, 'acquire' | 'giveBack'>
  /** Birthdays of the node: one at a time. */
  readonly birthdays: Mutex
  readonly race: Pick<Race<Path>, 'add'>
}

const STRATEGY = { tcp: 'tcp-punch', udp: 'udp-punch' } as const

/**
 * The peer's half of strategies `tcp-punch` and `udp-punch`: meets each side of the offer with one of its own, begins
 * at once, and gives what to answer.
 */
export async function punchBack(
  { runtime, gatherer, birthdays, race }: PunchBackOptions,
  caller: Uint8Array,
  { punch, strategies }: Message,
): Promise<(PreparedSide | undefined)[]> {
  const offered = (punch?.sides ?? []).map((told) =>
    told !== undefined && strategies.includes(STRATEGY[told.protocol]) ? told : undefined,
  )
  const asked = offered.filter((told) => told !== undefined)
  if (punch === undefined || asked.length === 0) return []
  const { token, attempt } = punch
  const protocols = [...new Set(asked.map(({ protocol }) => protocol))]
  const families = [...new Set(asked.map(({ family }) => family))]
  const { sides } = await gatherer.acquire({ protocols, families, attempt })
  const mine = meet(offered, sides)
  for (const side of sides) if (!mine.includes(side)) gatherer.giveBack(side, false)
  mine.forEach((own, index) => {
    const told = offered[index]?.side
    if (own === undefined || told === undefined) return
    const remote = withoutLoopback(told, own.base)
    const strategy = STRATEGY[own.protocol]
    const giveBack = (isUsed: boolean) => gatherer.giveBack(own, isUsed)
    const pairing = { index, own, remote }
    const options = { runtime, strategy, role: 'server', peer: caller, pairing, token, attempt } as const
    const one = new PunchAttempt({ ...options, birthdays, giveBack })
    if (one.plan.technique === 'impossible') one.abandon()
    else race.add(one, headStartOf(strategy, strategies, own.side, remote))
  })
  return mine
}
