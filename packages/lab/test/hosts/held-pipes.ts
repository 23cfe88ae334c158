import type { PeerPipe } from '@p2pd/node'
import type { Side } from '../connect/chaos-plan.ts'

/** An end of a pipe, and what came from its other end. */
interface HeldPipe {
  readonly side: Side
  readonly direction: 'in' | 'out'
  readonly pipe: PeerPipe
  readonly token: string
  heard: string | undefined
}

/** How long the token of the other end is waited for: over a bad line TCP repeats more than once. */
export const TOKEN_TIMEOUT_MS = 20_000

/** Every pipe that two nodes have: each end says a word of its own, which tells whose other end it is. */
export class HeldPipes {
  readonly #held: HeldPipe[] = []

  hold(side: Side, direction: HeldPipe['direction'], pipe: PeerPipe): void {
    const held: HeldPipe = { side, direction, pipe, token: `end ${this.#held.length}`, heard: undefined }
    this.#held.push(held)
    // A pipe that closes early is found by what it has not heard.
    pipe.send(held.token).catch(() => {})
    pipe.recv({ timeoutMs: TOKEN_TIMEOUT_MS }).then(
      ({ data }) => (held.heard = new TextDecoder().decode(data)),
      () => {},
    )
  }

  /** Ends without their other end, and pipes of which one end alone is closed. */
  problems(): string[] {
    return this.#held.flatMap((held) => {
      const { side, direction, pipe } = held
      const what = `${direction}going pipe of host ${side} by ${pipe.connection.strategy}`
      const other = this.#otherEnd(held)
      if (other === undefined) {
        // The caller of a pipe that a callee has closed has got no more than that: its call came through.
        return pipe.closed && direction === 'in' ? [] : [`${what}: it has no other end`]
      }
      if (other.direction === 'in' && direction === 'in') return [`${what}: both its ends came in`]
      return pipe.closed === other.pipe.closed ? [] : [`${what}: one end alone is closed`]
    })
  }

  #otherEnd({ side, token, heard }: HeldPipe): HeldPipe | undefined {
    return this.#held.find((end) => end.side !== side && end.token === heard && end.heard === token)
  }
}
