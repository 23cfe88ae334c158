import { type Assessment, assess } from '../classify/assess.ts'
import { reportOf } from '../classify/classify.ts'
import { isOver, type Observation, type Probe } from './observation.ts'
import { isBehaviourKnown } from '../plan/discovery-progress.ts'
import { planProbes } from '../plan/plan-probes.ts'
import { socketsInUse } from '../plan/socket-limit.ts'
import type { DiscoverySetup, DiscoveryView } from '../plan/view.ts'
import type { NatReport } from '../report/nat-report.ts'

/** A request of the discovery to its driver. */
export type DiscoveryOutput =
  | { readonly type: 'probe'; readonly probe: Probe }
  | { readonly type: 'close'; readonly socket: number }
  | { readonly type: 'wake'; readonly at: number }
  /** Mapping, type and delta are known; the rest follows. */
  | { readonly type: 'known'; readonly report: NatReport }
  | { readonly type: 'done'; readonly report: NatReport }

/** Samples of a port range that are assessed together. */
const SAMPLES_AT_ONCE = 8

/** A change in the record of a probe. */
export type ProbeUpdate = Partial<Omit<Observation, 'probe' | 'launchedAt'>>

/**
 * The machine that discovers the behaviour of a NAT. It keeps the observations; `planProbes` decides on the next
 * probes, and `assess` on the meaning of the observations. RFC 5780 §4.
 */
export class Discovery {
  readonly #setup: DiscoverySetup
  readonly #observations: Observation[] = []
  /** Ids of each open socket's probes. */
  readonly #open = new Map<number, number[]>()
  readonly #timeoutMs: number
  #deadline: number | undefined
  #assessment: Assessment | undefined
  /** Samples since the last assessment. */
  #unassessed = 0
  #known = false
  #done = false

  constructor(setup: DiscoverySetup, timeoutMs: number) {
    this.#setup = setup
    this.#timeoutMs = timeoutMs
  }

  /** All records, in the order of sending. */
  get observations(): readonly Observation[] {
    return this.#observations
  }

  wake(now: number): DiscoveryOutput[] {
    this.#deadline ??= now + this.#timeoutMs
    if (this.#unassessed === 0) this.#assessment = undefined
    return this.#advance(now)
  }

  /** Takes a change in the record of a probe. A change after the end of the probe is late, and left out. */
  observe(id: number, update: ProbeUpdate, now: number): DiscoveryOutput[] {
    const before = this.#observations[id]
    if (before === undefined || (isOver(before) && update.anomalies === undefined)) return []
    this.#observations[id] = { ...before, ...update }
    // A range takes many samples, and one more changes little.
    const waits = before.probe.purpose === 'range' && this.#unassessed < SAMPLES_AT_ONCE
    this.#unassessed = waits ? this.#unassessed + 1 : 0
    if (!waits || this.#observations.every(isOver)) this.#assessment = undefined
    return this.#advance(now)
  }

  #advance(now: number): DiscoveryOutput[] {
    if (this.#done) return []
    const outputs: DiscoveryOutput[] = []
    for (;;) {
      const view = this.#view(now)
      outputs.push(...this.#closeIdle(view))
      const plan = planProbes(view)
      if (plan.done || now >= (this.#deadline ?? 0)) return [...outputs, this.#finish(view)]
      for (const probe of plan.probes) {
        this.#observations.push({ probe, state: 'pending', launchedAt: now })
        this.#open.set(probe.socket, [...(this.#open.get(probe.socket) ?? []), probe.id])
        outputs.push({ type: 'probe', probe })
      }
      if (plan.probes.some(({ purpose }) => purpose !== 'range')) this.#assessment = undefined
      if (plan.probes.length === 0) return [...outputs, ...this.#settle(view, plan.wakeAt)]
    }
  }

  #view(now: number): DiscoveryView {
    const observations = this.#observations
    this.#assessment ??= assess(observations, now, this.#setup.journal)
    return { setup: this.#setup, observations, assessment: this.#assessment, now }
  }

  #finish({ observations, now }: DiscoveryView): DiscoveryOutput {
    this.#done = true
    for (const { probe, state } of observations) if (state === 'pending') this.#cancel(probe.id, now)
    const assessment = assess(this.#observations, now, this.#setup.journal)
    return { type: 'done', report: reportOf(assessment, this.#observations) }
  }

  #settle(view: DiscoveryView, wakeAt: number | undefined): DiscoveryOutput[] {
    const outputs: DiscoveryOutput[] = []
    if (!this.#known && isBehaviourKnown(view)) {
      this.#known = true
      outputs.push({ type: 'known', report: reportOf(view.assessment, view.observations) })
    }
    outputs.push({ type: 'wake', at: Math.min(wakeAt ?? Number.POSITIVE_INFINITY, this.#deadline ?? 0) })
    return outputs
  }

  /** Closes the sockets that are not needed again, before others are opened. */
  #closeIdle(view: DiscoveryView): DiscoveryOutput[] {
    const needed = socketsInUse(view)
    const outputs: DiscoveryOutput[] = []
    for (const [socket, own] of this.#open) {
      if (needed.has(socket)) continue
      this.#open.delete(socket)
      for (const id of own) if (this.#observations[id]?.state === 'pending') this.#cancel(id, view.now)
      outputs.push({ type: 'close', socket })
    }
    return outputs
  }

  #cancel(id: number, now: number): void {
    const before = this.#observations[id]
    if (before !== undefined) this.#observations[id] = { ...before, state: 'cancelled', endedAt: now }
  }
}
