import { type IpRange, parseIpRange } from '../ip/ip-range.ts'
import type { Route } from './route.ts'

interface Part {
  readonly route: Route
  readonly range: IpRange
}

/** The part of its addresses that a pool shows: `size` positions from `start` on, forwards (1) or backwards (-1). */
interface View {
  readonly start: bigint
  readonly step: 1n | -1n
  readonly size: bigint
}

/**
 * The external addresses of several routes, one after another, each as a route of its own.
 *
 * Nothing is expanded before it is asked for, so that a pool may hold whole IPv6 blocks.
 */
export class RoutePool implements Iterable<Route> {
  readonly #parts: readonly Part[]
  readonly #view: View

  private constructor(parts: readonly Part[], view: View) {
    this.#parts = parts
    this.#view = view
  }

  static of(routes: readonly Route[]): RoutePool {
    const parts = routes.flatMap((route) =>
      route.externalAddresses.map((external) => ({ route, range: parseIpRange(external) })),
    )
    const size = parts.reduce((sum, { range }) => sum + range.size, 0n)
    return new RoutePool(parts, { start: 0n, step: 1n, size })
  }

  /** How many addresses: an IPv6 block has more than a number can count. */
  get size(): bigint {
    return this.#view.size
  }

  /** The route with the one external address at `index`; a negative index counts from the end. */
  at(index: number | bigint): Route | undefined {
    const { start, step, size } = this.#view
    const position = BigInt(index) < 0n ? size + BigInt(index) : BigInt(index)
    if (position < 0n || position >= size) return undefined
    return this.#pick(start + position * step)
  }

  /** The part from `begin` up to `end`, given as `Array.prototype.slice` takes them. */
  slice(begin: number | bigint = 0n, end: number | bigint = this.size): RoutePool {
    const { start, step } = this.#view
    const [from, to] = [this.#clamp(BigInt(begin)), this.#clamp(BigInt(end))]
    return new RoutePool(this.#parts, { start: start + from * step, step, size: to > from ? to - from : 0n })
  }

  /** The same addresses, the last one first. */
  reverse(): RoutePool {
    const { start, step, size } = this.#view
    return new RoutePool(this.#parts, {
      start: start + (size - 1n) * step,
      step: step === 1n ? -1n : 1n,
      size,
    })
  }

  *[Symbol.iterator](): Iterator<Route> {
    const { start, step, size } = this.#view
    for (let position = 0n; position < size; position++) yield this.#pick(start + position * step)
  }

  #clamp(index: bigint): bigint {
    const position = index < 0n ? this.size + index : index
    if (position < 0n) return 0n
    return position > this.size ? this.size : position
  }

  #pick(position: bigint): Route {
    let rest = position
    for (const { route, range } of this.#parts) {
      if (rest < range.size) return { ...route, externalAddresses: [range.at(rest)] }
      rest -= range.size
    }
    throw new RangeError(`no address at ${position}`) // unreachable: a view never leaves its parts
  }
}
