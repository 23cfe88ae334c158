import type { PeerPipe } from '@p2pd/node'
import type { Side } from '../connect/chaos-plan.ts'

/** An end of a pipe, with the bytes from its other end. */
interface HeldPipe {
  readonly side: Side
  readonly direction: 'in' | 'out'
  readonly pipe: PeerPipe
  readonly token: string
  heard: string | undefined
}

/** The wait for the token of the other end; over a bad line TCP retransmits more than once. */
export const TOKEN_TIMEOUT_MS = 20_000

/** The pipes of two nodes. Each end sends its own token, which shows the two ends of a pipe. */
export class HeldPipes {
  readonly #held: HeldPipe[] = []

  hold(side: Side, direction: HeldPipe['direction'], pipe: PeerPipe): void {
    const held: HeldPipe = { side, direction, pipe, token: `end ${this.#held.length}`, heard: undefined }
    this.#held.push(held)
    // A pipe that closes early lacks the token of the other end.
    pipe.send(held.token).catch(() => {})
    pipe.recv({ timeoutMs: TOKEN_TIMEOUT_MS }).then(
      ({ data }) => (held.heard = new TextDecoder().decode(data)),
      () => {},
    )
  }

  /** Ends without another end, and pipes with only one end closed. */
  problems(): string[] {
    return this.#held.flatMap((held) => {
      const { side, direction, pipe } = held
      const what = `${direction}going pipe of host ${side} by ${pipe.connection.strategy}`
      const other = this.#otherEnd(held)
      if (other === undefined) {
        // A pipe that the callee has closed may lack its end at the caller.
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
