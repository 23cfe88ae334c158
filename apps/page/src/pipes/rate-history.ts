import type { Pipe } from '@p2pd/client'

/** Samples of a sparkline: two minutes, at one each two seconds. */
const KEPT = 60

/** The rates of one pipe, in bytes a second, oldest first. */
export interface Rates {
  readonly sent: readonly number[]
  readonly received: readonly number[]
}

interface Entry {
  readonly openedAt: string
  at: number
  bytesSent: number
  bytesReceived: number
  readonly sent: number[]
  readonly received: number[]
}

/** Makes rates from the byte counts of pipes, which are read every few seconds. */
export class RateHistory {
  readonly #entries = new Map<string, Entry>()

  /** Takes the pipes as they are at a time, in milliseconds; pipes that are gone are forgotten. */
  take(pipes: readonly Pipe[], now: number): void {
    const names = new Set(pipes.map(({ name }) => name))
    for (const name of this.#entries.keys()) if (!names.has(name)) this.#entries.delete(name)
    for (const pipe of pipes) this.#add(pipe, now)
  }

  of(name: string): Rates {
    return this.#entries.get(name) ?? { sent: [], received: [] }
  }

  #add({ name, openedAt, bytesSent, bytesReceived }: Pipe, now: number): void {
    const known = this.#entries.get(name)
    // Another pipe may have taken the name.
    if (known === undefined || known.openedAt !== openedAt) {
      this.#entries.set(name, { openedAt, at: now, bytesSent, bytesReceived, sent: [], received: [] })
      return
    }
    const seconds = (now - known.at) / 1000
    // An event makes the page read sooner: two reads close together would make a rate of chance.
    if (seconds < 0.5) return
    push(known.sent, (bytesSent - known.bytesSent) / seconds)
    push(known.received, (bytesReceived - known.bytesReceived) / seconds)
    Object.assign(known, { at: now, bytesSent, bytesReceived })
  }
}

function push(values: number[], value: number): void {
  values.push(Math.max(0, value))
  if (values.length > KEPT) values.shift()
}
