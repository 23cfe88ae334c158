import type { Clock } from '@p2pd/netif'
import type { PreparedSide } from './prepared-side.ts'

/** Longer than an answer takes: half a slow signalling round trip and a STUN request at each end. */
const PATIENCE_MS = 400

/**
 * Lets calls take turns at a counting NAT. A turn lasts from the request to a STUN server until the row of the call has
 * left, or for 400 ms. Another call of this node that moves the counter meanwhile would spoil the prediction.
 */
export class Turns {
  readonly #clock: Clock
  #last: Promise<void> = Promise.resolve()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when it is this call's turn, with the function that ends it. */
  async take(): Promise<() => void> {
    const before = this.#last
    let end = () => {}
    this.#last = new Promise((resolve) => {
      end = resolve
    })
    await before
    const cancel = this.#clock.at(this.#clock.now() + PATIENCE_MS, end)
    return () => {
      cancel()
      end()
    }
  }
}

/** The same sides; the turn ends when each counted one has begun its punch, or is given back. */
export function inTurn(sides: readonly PreparedSide[], endTurn: () => void): PreparedSide[] {
  const waiting = new Set(
    sides
      .filter(({ counter }) => counter !== undefined)
      .map(({ protocol, base }) => `${protocol} ${base.ip}`),
  )
  if (waiting.size === 0) endTurn()
  return sides.map((side) => {
    if (side.counter === undefined) return side
    const onBegun = () => {
      if (waiting.delete(`${side.protocol} ${side.base.ip}`) && waiting.size === 0) endTurn()
    }
    return { ...side, onBegun }
  })
}
