import type { Clock } from '@p2pd/netif'
import type { Session } from '../runtime/session.ts'

/** A session without bytes for so long is idle: nobody waits for its next path. */
const IDLE_MS = 30_000
/** Between two looks at the bytes of the sessions; the network is looked at as often while all are idle. */
const LOOK_MS = 1000

type Watched = Pick<Session, 'received' | 'unacknowledgedBytes'>

/** The last bytes of a session. */
interface Activity {
  received: number
  at: number
}

/** Attends to the network while a session is in use: reading it five times a second wakes an idle machine each time. */
export class Attention {
  readonly #clock: Clock
  readonly #attend: (isAttentive: boolean) => void
  readonly #sessions = new Map<Watched, Activity>()
  #isAttentive = false
  #cancel = () => {}

  constructor(clock: Clock, attend: (isAttentive: boolean) => void) {
    this.#clock = clock
    this.#attend = attend
  }

  /** A session that has begun counts as in use. */
  add(session: Watched): void {
    this.#sessions.set(session, { received: session.received, at: this.#clock.now() })
    this.#look()
  }

  delete(session: Watched): void {
    if (this.#sessions.delete(session)) this.#look()
  }

  #look(): void {
    const now = this.#clock.now()
    let isUsed = false
    for (const [session, activity] of this.#sessions) {
      const { received, unacknowledgedBytes } = session
      if (received !== activity.received || unacknowledgedBytes > 0) activity.at = now
      activity.received = received
      if (now - activity.at < IDLE_MS) isUsed = true
    }
    this.#cancel()
    if (this.#sessions.size > 0) this.#cancel = this.#clock.at(now + LOOK_MS, () => this.#look())
    if (isUsed === this.#isAttentive) return
    this.#isAttentive = isUsed
    this.#attend(isUsed)
  }
}
