import type { Pipe } from '@p2pd/client'
import { formatBytes } from '../files/offer-text.ts'

/** Bytes that a pipe had moved at an earlier moment. */
export interface Earlier {
  readonly pipes: readonly Pick<Pipe, 'name' | 'openedAt' | 'bytesSent' | 'bytesReceived'>[]
  /** Milliseconds since then. */
  readonly sinceMs: number
}

/** How the line of a pipe is written. */
export interface PipeLineFacts {
  readonly nameOf: (id: string) => string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly earlier: Earlier
}

/** Characters of an id that tell pipes apart. */
const SHORT = 8

/** One pipe of a node for a person: peer, path, age, and how much it moves. */
export function pipeLine(pipe: Pipe, { nameOf, now, earlier }: PipeLineFacts): string {
  const { name, peer, strategy, remote, suspended, rttMs } = pipe
  const known = nameOf(peer)
  const who = known === peer ? `${peer.slice(0, SHORT)}…` : known
  const path = suspended ? 'no path for now' : `${strategy} to ${remote}`
  const rtt = rttMs === undefined ? 'round trip unknown' : `round trip ${Math.round(rttMs)} ms`
  const age = `open for ${formatAge(now - Date.parse(pipe.openedAt))}`
  return `pipe     ${name} ${who} ${path}, ${rtt}, ${age}, ${moved(pipe, earlier)}`
}

function moved(pipe: Pipe, { pipes, sinceMs }: Earlier): string {
  const { bytesSent, bytesReceived } = pipe
  const before = pipes.find(({ name, openedAt }) => name === pipe.name && openedAt === pipe.openedAt)
  const total = `${formatBytes(bytesSent)} sent, ${formatBytes(bytesReceived)} received`
  if (before === undefined || sinceMs <= 0) return `${total}, rates unknown`
  const rates = [bytesSent - before.bytesSent, bytesReceived - before.bytesReceived].map((bytes) =>
    Math.round((bytes / sinceMs) * 1000),
  )
  const [out = 0, back = 0] = rates
  return out + back === 0
    ? `${total}, idle`
    : `${total}, ${formatBytes(out)}/s out, ${formatBytes(back)}/s in`
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `12 s`, `5 min`, `3 h`, `2 d`. */
export function formatAge(milliseconds: number): string {
  if (milliseconds < MINUTE) return `${Math.max(0, Math.floor(milliseconds / SECOND))} s`
  if (milliseconds < HOUR) return `${Math.floor(milliseconds / MINUTE)} min`
  return milliseconds < DAY ? `${Math.floor(milliseconds / HOUR)} h` : `${Math.floor(milliseconds / DAY)} d`
}
