import { type Clock, formatTransportAddress } from '@p2pd/netif'
import type { NominatedPath } from '../pipes/path.ts'
import { type ReportLine, sinceCall, withoutWinner } from '../report/report.ts'

/** The peer began within a signalling trip of us, and needs as long as we did: some trips around the world. */
const TIMEOUT_MS = 2000

export const PEER_CAME_FIRST = "the peer's own call came first"

/** Whether a node's own call stands against the call of the peer at the same time: that of the smaller id does. */
export function winsGlare(ownId: string, peerId: string): boolean {
  return ownId < peerId
}

/**
 * Glare of one call that yields: two nodes call each other at once. The path of the peer's call becomes the path of this
 * call.
 */
export class Glare {
  readonly #clock: Clock
  readonly #startedAt: number
  #expectedAt: number | undefined
  #path: NominatedPath | undefined
  #line: ReportLine | undefined
  #isOver = false
  #wake = () => {}

  constructor(clock: Clock, startedAt: number) {
    this.#clock = clock
    this.#startedAt = startedAt
  }

  /** The peer's offer has come: its path is to be waited for. */
  expect(): void {
    this.#expectedAt ??= this.#clock.now()
  }

  /** Takes the path that the peer nominated; false when this call is decided already. */
  adopt(path: NominatedPath): boolean {
    if (this.#isOver || this.#path !== undefined) return false
    this.#path = path
    this.#line = {
      strategy: path.strategy,
      local: formatTransportAddress(path.local),
      remote: formatTransportAddress(path.remote),
      startMs: this.#elapsed(this.#expectedAt ?? this.#clock.now()),
      endMs: this.#elapsed(this.#clock.now()),
      outcome: 'won',
      reason: "connected and authenticated by the peer's own call",
    }
    this.#wake()
    return true
  }

  /** The peer's path, when it is expected and comes in time; decides the call. */
  async path(): Promise<NominatedPath | undefined> {
    if (this.#expectedAt !== undefined && this.#path === undefined && !this.#isOver) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.at(this.#clock.now() + TIMEOUT_MS, resolve)
        this.#wake = () => {
          cancel()
          resolve()
        }
      })
    }
    this.close()
    return this.#path
  }

  /** Takes no path from now on. */
  close(): void {
    this.#isOver = true
    this.#wake()
  }

  /** Adds the line of the peer's path to a report, which then has this one winner. */
  amend(report: readonly ReportLine[]): readonly ReportLine[] {
    if (this.#line === undefined) return report
    return [...withoutWinner(report, PEER_CAME_FIRST), this.#line]
  }

  #elapsed(time: number): number {
    return sinceCall(this.#startedAt, time)
  }
}
