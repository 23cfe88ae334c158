import type { Clock } from '../timing/clock.ts'
import type { Interface } from './interface.ts'
import { diffInterfaces, type InterfaceChange } from './interface-change.ts'

/** Where a watcher looks, and how often. */
export interface WatchOptions {
  readonly list: () => Promise<readonly Interface[]>
  readonly clock: Clock
  readonly onChange: (changes: readonly InterfaceChange[], now: readonly Interface[]) => void
  /** A look that failed; the watcher goes on. @default ignored */
  readonly onError?: (error: unknown) => void
  /** From the end of one look to the next. @default 2000 */
  readonly periodMs?: number
  /**
   * A cheap summary of the NICs, read every second, or five times a second while somebody attends: when it differs, the
   * watcher looks at once. One that throws says nothing.
   */
  readonly hint?: () => string
}

/** Looks at the NICs from time to time until it is closed. */
export interface InterfaceWatcher {
  /** Looks now, whatever the period: after waking from sleep, say. */
  check(): Promise<void>
  /** Reads the hint more often from now on, or no longer: data may be waiting for the next path. @default false */
  attend(isAttentive: boolean): void
  close(): void
}

/** A person who plugs in a cable waits about this long; a look costs Linux 1 to 2 ms. */
const PERIOD_MS = 2000
/** A hint costs some 0.1 ms. */
const HINT_PERIOD_MS = 1000
/** A pipe that has lost its address waits for this, and then for one call, which takes some 200 ms. */
const ATTENTIVE_PERIOD_MS = 200

/** Tells what changes on the NICs, beginning with the state at the time of the call. */
export async function watchInterfaces(options: WatchOptions): Promise<InterfaceWatcher> {
  const watcher = new PollingWatcher(options, await options.list())
  watcher.schedule()
  return watcher
}

class PollingWatcher implements InterfaceWatcher {
  readonly #options: WatchOptions
  #known: readonly Interface[]
  #hint: string | undefined
  #nextLook = 0
  #looking: Promise<void> | undefined
  #isAttentive = false
  #closed = false
  #cancel = () => {}

  constructor(options: WatchOptions, known: readonly Interface[]) {
    this.#options = options
    this.#known = known
    this.#hint = this.#readHint()
    this.#nextLook = options.clock.now() + this.#period
  }

  get #period(): number {
    return this.#options.periodMs ?? PERIOD_MS
  }

  schedule(): void {
    if (this.#closed) return
    const { clock, hint } = this.#options
    const hintPeriodMs = this.#isAttentive ? ATTENTIVE_PERIOD_MS : HINT_PERIOD_MS
    const tick = hint === undefined ? this.#nextLook : Math.min(this.#nextLook, clock.now() + hintPeriodMs)
    this.#cancel = clock.at(tick, () => this.#tick())
  }

  check(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  attend(isAttentive: boolean): void {
    if (isAttentive === this.#isAttentive) return
    this.#isAttentive = isAttentive
    // During a look the next tick is scheduled afterwards.
    if (this.#looking !== undefined) return
    this.#cancel()
    this.schedule()
  }

  close(): void {
    this.#closed = true
    this.#cancel()
  }

  #tick(): void {
    if (this.#options.clock.now() < this.#nextLook && this.#readHint() === this.#hint) return this.schedule()
    // An error of the listener's is nobody's to handle here: it ends up as an unhandled rejection.
    void this.check().finally(() => this.schedule())
  }

  async #look(): Promise<void> {
    const { clock, onChange } = this.#options
    this.#hint = this.#readHint()
    const now = await this.#list()
    this.#nextLook = clock.now() + this.#period
    const changes = diffInterfaces(this.#known, now)
    this.#known = now
    if (!this.#closed && changes.length > 0) onChange(changes, now)
  }

  /** The hint as it is, or as it was when reading it failed: no descriptor may be left. */
  #readHint(): string | undefined {
    try {
      return this.#options.hint?.()
    } catch {
      return this.#hint // The next look comes by its period, and reports what keeps it from looking.
    }
  }

  /** The NICs as they are, or as they were when looking failed. */
  async #list(): Promise<readonly Interface[]> {
    try {
      return await this.#options.list()
    } catch (error) {
      this.#options.onError?.(error)
      return this.#known
    }
  }
}
