import type { CallOptions, StrategyName } from '@p2pd/node'
import { Dice, drawTopology, type Topology } from './chaos-topology.ts'

/** The first host or the second. */
export type Side = 0 | 1

/** A planned call. */
export interface PlannedCall {
  readonly from: Side
  /** Milliseconds from the moment at which both nodes can be called. */
  readonly at: number
  readonly byAddress: boolean
  readonly options: Pick<CallOptions, 'strategies' | 'timeoutMs'>
  readonly abortAt: number | undefined
}

/** An outage of a part of one side, with or without an end. */
export interface Outage {
  readonly index: number
  readonly at: number
  readonly backAt: number | undefined
}

/** The events of one seed. */
export interface Plan {
  readonly seed: number
  readonly topology: Topology
  /** Whether there are STUN servers, so that nodes punch. */
  readonly stun: boolean
  readonly skewsMs: readonly [number, number]
  readonly calls: readonly PlannedCall[]
  readonly brokers: number
  /** Brokers deliver each message up to three times, in any order. */
  readonly brokersRepeat: boolean
  readonly brokerOutages: readonly Outage[]
  /** A node that is closed during the calls. */
  readonly closing: { readonly side: Side; readonly at: number } | undefined
  /** The first NIC of a host loses its cable. */
  readonly cable: Outage | undefined
}

const YEAR_MS = 365 * 86_400_000
const MAX_PUNCHING_CALLS = 3
const SKEWS_MS = [0, 0, 120_000, -300_000, 5 * YEAR_MS, -10 * YEAR_MS] as const

/** Draws a plan, which depends only on the seed. */
export function drawPlan(seed: number): Plan {
  const dice = new Dice(seed)
  const brokers = dice.integer(1, 3)
  const stun = dice.chance(0.06)
  const calls = drawCalls(dice)
  return {
    seed,
    topology: drawTopology(dice),
    stun,
    skewsMs: [dice.pick(SKEWS_MS), dice.pick(SKEWS_MS)],
    // A punch takes hundreds of times the computing time of a dial.
    calls: stun ? calls.slice(0, MAX_PUNCHING_CALLS) : calls,
    brokers,
    brokersRepeat: dice.chance(0.25),
    brokerOutages: dice.chance(0.3)
      ? Array.from({ length: dice.integer(1, brokers) }, () => drawOutage(dice, dice.integer(0, brokers - 1)))
      : [],
    closing: dice.chance(0.2) ? { side: dice.pick([0, 1]), at: dice.integer(0, 800) } : undefined,
    cable: dice.chance(0.1) ? drawOutage(dice, dice.pick([0, 1])) : undefined,
  }
}

function drawCalls(dice: Dice): readonly PlannedCall[] {
  const hasty = dice.chance(0.35)
  const call = (from: Side, at: number) => drawCall(dice, from, at, hasty)
  const times = (count: number) => Array.from({ length: count })
  switch (dice.pick(['few', 'crossing', 'many', 'one after another'])) {
    case 'few':
      return times(dice.integer(1, 3)).map(() => call(dice.pick([0, 1]), dice.integer(0, 500)))
    case 'crossing':
      return times(dice.integer(1, 2)).flatMap(() => [
        call(0, dice.integer(0, 60)),
        call(1, dice.integer(0, 60)),
      ])
    case 'many':
      return times(dice.integer(2, 20)).map(() => call(0, dice.integer(0, 50)))
    case 'one after another':
      return times(3).map((_, turn) => call(dice.pick([0, 1]), turn * 3000))
  }
}

function drawCall(dice: Dice, from: Side, at: number, hasty: boolean): PlannedCall {
  const strategies = dice.pick<readonly StrategyName[]>([
    ['direct', 'reverse', 'tcp-punch', 'udp-punch'],
    ['reverse', 'direct'],
    ['direct'],
    ['reverse'],
    ['udp-punch', 'direct'],
  ])
  return {
    from,
    at,
    byAddress: dice.chance(0.3),
    options: {
      ...(dice.chance(0.3) && { strategies }),
      ...(dice.chance(0.3) && { timeoutMs: dice.integer(50, 20_000) }),
    },
    abortAt: hasty && dice.chance(0.6) ? at + dice.integer(0, dice.pick([100, 400, 3000])) : undefined,
  }
}

function drawOutage(dice: Dice, index: number): Outage {
  const at = dice.integer(0, 1000)
  return { index, at, backAt: dice.chance(0.5) ? at + dice.integer(10, 5000) : undefined }
}
