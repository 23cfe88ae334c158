import { Duplex } from 'node:stream'
import { ManualClock } from '@p2pd/netif/testing'
import type { KeepAlive } from '../../path/liveness.ts'
import type { PathChange, SessionPath } from '../../session-path.ts'
import type { SessionError } from '../../session-error.ts'
import { Session } from '../session.ts'

/** One end of a byte stream in memory; it can swallow what is written to it, as a dead path does. */
class MemoryStream extends Duplex {
  other!: MemoryStream
  isDead = false
  #taken: (() => void) | undefined

  override _read(): void {
    const taken = this.#taken
    this.#taken = undefined
    taken?.()
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    if (this.isDead) return
    // A real socket has copied the bytes when it calls back.
    const { other } = this
    if (other.push(new Uint8Array(chunk))) process.nextTick(done)
    else other.#taken = done
  }

  override _final(done: () => void): void {
    if (!this.isDead) this.other.push(null)
    done()
  }
}

/** The two ends of a path in memory. */
export interface MemoryPath {
  readonly alice: SessionPath
  readonly bob: SessionPath
  /** From now on nothing gets through, and neither end learns of it. */
  silence(): void
}

export function memoryPath(options: Partial<SessionPath> = {}): MemoryPath {
  const [a, b] = [new MemoryStream(), new MemoryStream()]
  a.other = b
  b.other = a
  return {
    alice: { ...options, stream: a },
    bob: { ...options, stream: b },
    silence: () => {
      a.isDead = true
      b.isDead = true
    },
  }
}

/** Two sessions with a clock that stands still, and their events. */
export class SessionPair {
  readonly clock = new ManualClock()
  readonly alice: Session
  readonly bob: Session
  readonly changes: (PathChange & { readonly at: number; readonly end: 'alice' | 'bob' })[] = []
  readonly ends: { readonly end: 'alice' | 'bob'; readonly error: SessionError | undefined; readonly at: number }[] = []

  constructor(options: { readonly resumeMs?: number; readonly keepAlive?: KeepAlive } = {}) {
    const { clock } = this
    this.alice = new Session({ role: 'controlling', clock, ...options })
    this.bob = new Session({ role: 'controlled', clock, ...options })
    for (const end of ['alice', 'bob'] as const) {
      this[end].onPathChange((change) => this.changes.push({ ...change, at: clock.now(), end }))
      this[end].onClosed((error) => this.ends.push({ end, error, at: clock.now() }))
    }
  }

  /** Both ends take a path, as a nomination makes them. */
  attach(path = memoryPath()): MemoryPath {
    const [fromAlice, fromBob] = [this.alice.received, this.bob.received]
    this.alice.attach(path.alice, fromBob)
    this.bob.attach(path.bob, fromAlice)
    return path
  }

  async close(): Promise<void> {
    const closed = this.alice.close()
    await this.clock.advance(100)
    await closed
    await this.clock.advance(10_000)
  }
}

/** Bytes that differ from place to place, and from seed to seed. */
export function content(length: number, seed = 1): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8) + seed) & 0xff))
}
