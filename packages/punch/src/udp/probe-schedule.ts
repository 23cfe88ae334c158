import type { RandomBytes, TransportAddress } from '@p2pd/netif'
import type { PunchPlan, Search, PunchTarget } from '../plan/plan.ts'

/** By then repeats have made up for lost packets; endpoints that are still silent are probed less often. */
const EAGER_MS = 1000
const PATIENT_FACTOR = 4

/**
 * Between probes of a search that may still leave in this second. Early probes count more: each opens the own filter for
 * every mapping that the peer makes later.
 */
const BURST_PACING_MS = 2
const SECOND_MS = 1000

/** When to probe which endpoint: the targets in turn and again, those of a search at random and once each. */
export class ProbeSchedule {
  readonly #plan: PunchPlan
  readonly #startAt: number
  readonly #search: Iterator<TransportAddress>
  #index = 0
  #targetsAt: number
  #searchAt: number
  /** When the probes of the last second left. */
  readonly #searched: number[] = []

  constructor(plan: PunchPlan, random: RandomBytes, now: number) {
    this.#plan = plan
    this.#startAt = now + plan.timing.startMs
    this.#targetsAt = plan.targets.length > 0 ? this.#startAt : Number.POSITIVE_INFINITY
    this.#searchAt = plan.search === undefined ? Number.POSITIVE_INFINITY : this.#startAt
    this.#search = plan.search === undefined ? [].values() : drawEndpoints(plan.search, random)
  }

  /** When the next probe is due. */
  get dueAt(): number {
    return Math.min(this.#targetsAt, this.#searchAt)
  }

  /** The probes due now. */
  take(now: number): PunchTarget[] {
    const due: PunchTarget[] = []
    while (this.#targetsAt <= now) due.push(...this.#nextTarget(now))
    while (this.#searchAt <= now) {
      const { value: remote, done } = this.#search.next()
      this.#searchAt = done === true ? Number.POSITIVE_INFINITY : this.#nextSearchAt(now)
      if (done !== true) due.push({ socket: 0, remote })
    }
    return due
  }

  /** As soon as possible, within the number of probes that may leave in any second. */
  #nextSearchAt(now: number): number {
    const perSecond = SECOND_MS / (this.#plan.search?.pacingMs ?? SECOND_MS)
    this.#searched.push(now)
    const first = this.#searched.length < perSecond ? undefined : this.#searched.shift()
    return Math.max(now + BURST_PACING_MS, (first ?? Number.NEGATIVE_INFINITY) + SECOND_MS)
  }

  #nextTarget(now: number): PunchTarget[] {
    const { targets, timing } = this.#plan
    const target = targets[this.#index++]
    if (this.#index < targets.length) this.#targetsAt += timing.pacingMs
    else {
      this.#index = 0
      const factor = now - this.#startAt < EAGER_MS ? 1 : PATIENT_FACTOR
      this.#targetsAt = timing.repeatMs === 0 ? Number.POSITIVE_INFINITY : now + timing.repeatMs * factor
    }
    return target === undefined ? [] : [target]
  }
}

/** Draws random endpoints, each once. */
function* drawEndpoints(
  { ips, portRange, probes }: Search,
  random: RandomBytes,
): Generator<TransportAddress> {
  const [low, high] = portRange
  const width = high - low + 1
  const size = width * ips.length
  // The beginning of a shuffle: the map holds only the entries that moved.
  const moved = new Map<number, number>()
  for (let drawn = 0; drawn < Math.min(probes, size); drawn++) {
    const pick = drawn + (numberOf(random(4)) % (size - drawn))
    const value = moved.get(pick) ?? pick
    moved.set(pick, moved.get(drawn) ?? drawn)
    yield { ip: ips[Math.floor(value / width)] ?? '', port: low + (value % width) }
  }
}

function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}
