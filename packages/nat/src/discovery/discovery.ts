import { type Assessment, assess } from '../classify/assess.ts'
import { reportOf } from '../classify/classify.ts'
import { isOver, type Observation, type Probe } from './observation.ts'
import { behaviourIsKnown } from '../plan/known.ts'
import { planProbes } from '../plan/plan-probes.ts'
import { neededSockets } from '../plan/sockets.ts'
import type { DiscoverySetup, DiscoveryView } from '../plan/view.ts'
import type { NatReport } from '../report.ts'

/** What the discovery asks its driver to do. */
export type DiscoveryOutput =
  | { readonly type: 'probe'; readonly probe: Probe }
  | { readonly type: 'close'; readonly socket: number }
  | { readonly type: 'wake'; readonly at: number }
  /** Mapping, type and delta are known; the rest follows. */
  | { readonly type: 'known'; readonly report: NatReport }
  | { readonly type: 'done'; readonly report: NatReport }

/** Samples of a port range that are judged together. */
const SAMPLES_AT_ONCE = 8

/** News of a probe. */
export type ProbeNews = Partial<Omit<Observation, 'probe' | 'launchedAt'>>

/**
 * Finds out what a NAT does: a machine without sockets or timers. It keeps the observations; what to
 * ask next is `planProbes`' business, what they mean `assess`'s. RFC 5780 §4.
 */
export class Discovery {
  readonly #setup: DiscoverySetup
  readonly #observations: Observation[] = []
  /** Ids of each open socket's probes. */
  readonly #open = new Map<number, number[]>()
  readonly #timeoutMs: number
  #deadline: number | undefined
  #assessment: Assessment | undefined
  /** Samples that came since. */
  #unjudged = 0
  #known = false
  #done = false

  constructor(setup: DiscoverySetup, timeoutMs: number) {
    this.#setup = setup
    this.#timeoutMs = timeoutMs
  }

  /** All that was seen, in the order of launching. */
  get observations(): readonly Observation[] {
    return this.#observations
  }

  wake(now: number): DiscoveryOutput[] {
    this.#deadline ??= now + this.#timeoutMs
    if (this.#unjudged === 0) this.#assessment = undefined
    return this.#advance(now)
  }

  /** Takes news of a probe; what comes for one that is over is late and left out. */
  observe(id: number, news: ProbeNews, now: number): DiscoveryOutput[] {
    const before = this.#observations[id]
    if (before === undefined || (isOver(before) && news.strange === undefined)) return []
    this.#observations[id] = { ...before, ...news }
    // Samples of a range are many, and one more changes little.
    const waits = before.probe.purpose === 'range' && this.#unjudged < SAMPLES_AT_ONCE
    this.#unjudged = waits ? this.#unjudged + 1 : 0
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
    this.#assessment ??= assess(observations, now)
    return { setup: this.#setup, observations, assessment: this.#assessment, now }
  }

  #finish({ observations, now }: DiscoveryView): DiscoveryOutput {
    this.#done = true
    for (const { probe, state } of observations) if (state === 'pending') this.#cancel(probe.id, now)
    return { type: 'done', report: reportOf(assess(this.#observations, now), this.#observations) }
  }

  #settle(view: DiscoveryView, wakeAt: number | undefined): DiscoveryOutput[] {
    const outputs: DiscoveryOutput[] = []
    if (!this.#known && behaviourIsKnown(view)) {
      this.#known = true
      outputs.push({ type: 'known', report: reportOf(view.assessment, view.observations) })
    }
    outputs.push({ type: 'wake', at: Math.min(wakeAt ?? Number.POSITIVE_INFINITY, this.#deadline ?? 0) })
    return outputs
  }

  /** Closes the sockets that are not needed again, before others are opened. */
  #closeIdle(view: DiscoveryView): DiscoveryOutput[] {
    const needed = neededSockets(view)
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
