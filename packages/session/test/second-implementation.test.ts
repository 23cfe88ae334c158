import { expect, test } from '@jest/globals'
import { SessionMachine, type SessionOutput } from '@p2pd/session'
import { SmallSession } from './small-session.ts'

/** The real machine and the small one, on a path that can be broken after any number of bytes. */
class Encounter {
  readonly real = new SessionMachine({ role: 'controlling' }, 0)
  readonly small = new SmallSession()
  readonly read: Uint8Array[] = []
  isRealOver = false
  #path = -1
  #now = 0
  /** Bytes that the path still carries from the real end. */
  #budget = Number.POSITIVE_INFINITY

  attach(budget = Number.POSITIVE_INFINITY): void {
    this.#budget = budget
    const path = ++this.#path
    this.perform(this.real.detach(path - 1, this.#now))
    const peerReceived = this.real.received
    this.perform(this.real.attach(path, { peerReceived: this.small.offset }, this.#now))
    this.small.attach((bytes) => {
      if (path === this.#path && this.#budget > 0) this.perform(this.real.receive(path, bytes, this.#now))
    }, peerReceived)
    this.run()
  }

  run(): void {
    for (let turns = 0; turns < 50; turns++) {
      this.#now += 30
      this.real.ready(this.#path)
      this.perform(this.real.flush(this.#now))
    }
  }

  perform(outputs: readonly SessionOutput[]): void {
    for (const output of outputs) {
      if (output.type === 'over') this.isRealOver = output.error === undefined
      if (output.type === 'readable') this.#readAll()
      if (output.type !== 'send' || output.path !== this.#path) continue
      const bytes = Buffer.concat(output.parts).subarray(0, Math.min(this.#budget, 2 ** 30))
      this.#budget -= bytes.length
      this.small.receive(bytes)
    }
  }

  #readAll(): void {
    for (let chunk = this.real.streams.read(0); chunk; chunk = this.real.streams.read(0))
      this.read.push(chunk)
  }
}

const text = (length: number, first: number) =>
  Buffer.from(Array.from({ length }, (_, i) => (first + i * 7) & 0xff))

test('a second implementation carries a stream, loses its path at every hundredth byte, and resumes', () => {
  for (let budget = 1; budget < 3000; budget += 100) {
    const encounter = new Encounter()
    const { real, small } = encounter
    encounter.attach()
    small.write(text(500, 1))
    real.streams.write(0, [text(700, 2)])
    encounter.run()
    encounter.attach(budget)
    small.write(text(900, 3))
    real.streams.write(0, [text(1500, 4)])
    encounter.run()
    encounter.attach()
    expect(small.received).toEqual(Buffer.concat([text(700, 2), text(1500, 4)]))
    expect(Buffer.concat(encounter.read)).toEqual(Buffer.concat([text(500, 1), text(900, 3)]))
    real.close()
    encounter.run()
    expect(small.hasEnded).toBe(true)
    small.finish()
    encounter.run()
    expect([small.isClosed, encounter.isRealOver, small.unacknowledged]).toEqual([true, true, 0])
  }
})
