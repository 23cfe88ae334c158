import type { ByteStream, Clock } from '@p2pd/netif'
import type { Applicant } from '../calls/admission.ts'
import type { Log } from '../runtime/runtime.ts'

/** A caller that waits for a decision about it. */
export interface WaitingCaller extends Applicant {
  /** When it began to wait, by the clock of the node. */
  readonly since: number
  /** Lets the caller in. */
  accept(): void
  refuse(): void
}

/** The parts of a waiting room. */
export interface WaitingRoomOptions {
  readonly clock: Clock
  readonly log?: Log | undefined
  /** Called when a caller begins to wait. */
  readonly onWaiting: (caller: WaitingCaller) => void
}

/** The decision that a caller waits for. */
export interface Wait {
  readonly decision: Promise<boolean>
  /** Aborted when the caller no longer waits. */
  readonly over: AbortController
  readonly stream: ByteStream
}

/** Callers that wait at once. Each keeps a connection open; ids cost nothing, so the bound is for all of them. */
const MAX_WAITING = 64
/** Of one peer: more would show a person the same question. */
const MAX_WAITING_OF_PEER = 4
/** A person who is asked answers within this, or is not there. */
const WAIT_MS = 60_000
/** The caller of a raw pipe sends at once, and holds a path without an answer for dead after 3 s. */
const RAW_WAIT_MS = 2000

/** A decision that takes longer waits for a person, and not for a file on a busy host. */
const NOTICE_MS = 1000

/** The callers of a node for whose admission it waits. */
export class WaitingRoom {
  readonly #options: WaitingRoomOptions
  readonly #callers = new Set<WaitingCaller>()
  readonly #noticed = new Set<WaitingCaller>()

  constructor(options: WaitingRoomOptions) {
    this.#options = options
  }

  /** Those who have waited for 1 s, the oldest first. */
  callers(): readonly WaitingCaller[] {
    return [...this.#noticed]
  }

  /** The decision. The caller is refused when the room is full, when the time is over, and when it leaves. */
  wait(applicant: Applicant, { decision, over, stream }: Wait): Promise<boolean> {
    const { clock, log } = this.#options
    return new Promise((resolve) => {
      const settle = (isAdmitted: boolean) => {
        if (over.signal.aborted) return
        this.#callers.delete(caller)
        this.#noticed.delete(caller)
        cancelNotice()
        cancel()
        stream.off('close', leave)
        over.abort()
        resolve(isAdmitted)
      }
      const leave = () => settle(false)
      const since = clock.now()
      const caller = { ...applicant, since, accept: () => settle(true), refuse: leave }
      const patienceMs = applicant.service === '' ? RAW_WAIT_MS : WAIT_MS
      const cancel = clock.at(since + patienceMs, leave)
      const cancelNotice = clock.at(since + NOTICE_MS, () => {
        this.#noticed.add(caller)
        this.#options.onWaiting(caller)
      })
      stream.once('close', leave)
      decision.then(settle, (error: Error) => {
        log?.('admission-failed', { ...applicant, reason: error.message })
        leave()
      })
      if (this.#isFull(applicant)) return leave()
      this.#callers.add(caller)
    })
  }

  /** Refuses everyone. */
  close(): void {
    for (const caller of this.#callers) caller.refuse()
  }

  #isFull({ peer }: Applicant): boolean {
    const own = [...this.#callers].filter((caller) => caller.peer === peer)
    return this.#callers.size >= MAX_WAITING || own.length >= MAX_WAITING_OF_PEER
  }
}
