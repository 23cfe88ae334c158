import type { Clock } from '@p2pd/netif'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { LabError } from '../lab-error.ts'
import { EventQueue } from './event-queue.ts'

/** Limits of a run. */
export interface RunOptions {
  /** Virtual milliseconds after which a run fails with `LAB_STALLED`. @default an hour */
  readonly limitMs?: number
}

interface Run {
  readonly limit: number
  readonly fail: (message: string) => void
}

/** Longer than any time-out of a protocol. */
const RUN_LIMIT_MS = 3_600_000

/** Real milliseconds that a run waits without an event, for files and the like, before it fails. */
const STALL_MS = 2000

/** Events between two turns of the real event loop. */
const MAX_BURST = 5000

/**
 * Virtual time. It advances from event to event, after all consequences of the last event: every promise has settled
 * and every stream callback has run. The same program gives the same order each time.
 */
export class Scheduler implements Clock {
  readonly #queue = new EventQueue()
  #now = 0
  readonly #runs = new Set<Run>()
  readonly #held = new Set<Promise<unknown>>()
  #pumping = false
  #touched = false

  now(): number {
    return this.#now
  }

  /** A timer for the programs on the hosts. */
  at(time: number, callback: () => void): () => void {
    return this.schedule(time, () => {
      this.touch()
      callback()
    })
  }

  /** A timer of the simulation itself. An action that reaches a program has to call `touch`. */
  schedule(time: number, action: () => void): () => void {
    const event = this.#queue.add(Math.max(time, this.#now), action)
    return () => {
      event.action = undefined
    }
  }

  /** Marks that a program was called, so that it reacts before the next event. */
  touch(): void {
    this.#touched = true
  }

  /** Stops time until work outside the simulation is done: with a file, a thread or a real socket. */
  async hold<Result>(work: Promise<Result>): Promise<Result> {
    this.#held.add(work)
    try {
      return await work
    } finally {
      this.#held.delete(work)
    }
  }

  /** Lets time pass until the work is done. Rejects with `LAB_STALLED` at the limit, or when no event is left. */
  async run<Result>(
    work: Promise<Result> | (() => Result | Promise<Result>),
    { limitMs = RUN_LIMIT_MS }: RunOptions = {},
  ): Promise<Result> {
    const started = typeof work === 'function' ? Promise.resolve().then(work) : work
    let run = {} as Run
    const bound = new Promise<never>((_, reject) => {
      const fail = (message: string) => reject(new LabError('LAB_STALLED', message))
      run = { limit: this.#now + limitMs, fail }
    })
    this.#runs.add(run)
    void this.#pump()
    try {
      return await Promise.race([started, bound])
    } finally {
      this.#runs.delete(run)
    }
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return
    this.#pumping = true
    while (await this.#settled()) {
      if (this.#step()) continue
      await this.#waitForOutside()
    }
    this.#pumping = false
  }

  /** Runs all microtasks and stream callbacks; returns whether a run is still waiting. */
  async #settled(): Promise<boolean> {
    await setImmediate()
    while (this.#held.size > 0) {
      // The caller of `hold` gets the error.
      await Promise.allSettled(this.#held)
      await setImmediate()
    }
    return this.#runs.size > 0
  }

  /** Runs events until one reaches a program; false without events. */
  #step(): boolean {
    this.#touched = false
    for (let i = 0; i < MAX_BURST && !this.#touched; i++) {
      const event = this.#queue.take()
      if (event === undefined) return i > 0
      this.#now = event.time
      event.action?.()
      for (const { limit, fail } of this.#runs)
        if (event.time > limit) fail(`not done by ${limit} ms of virtual time`)
    }
    return true
  }

  async #waitForOutside(): Promise<void> {
    for (let waited = 0; waited < STALL_MS && this.#runs.size > 0 && this.#queue.size === 0; waited++)
      await setTimeout(1)
    if (this.#queue.size > 0 || this.#runs.size === 0) return
    for (const { fail } of this.#runs) fail('nothing is left to happen, yet the work is not done')
  }
}
