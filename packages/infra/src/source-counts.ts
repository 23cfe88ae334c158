import { sourceKey } from './rate-limit.ts'

/** How many of something each source has: connections, associations. */
export class SourceCounts {
  readonly #counts = new Map<string, number>()

  of(ip: string): number {
    return this.#counts.get(sourceKey(ip)) ?? 0
  }

  add(ip: string): void {
    this.#counts.set(sourceKey(ip), this.of(ip) + 1)
  }

  remove(ip: string): void {
    const left = this.of(ip) - 1
    if (left > 0) this.#counts.set(sourceKey(ip), left)
    else this.#counts.delete(sourceKey(ip))
  }
}
