import type { DaemonEvent, EventLog } from './event-log.ts'

const HEARTBEAT_MS = 15_000
/** A client that has more than this unread is cut off; it comes back with the number of its last event. */
export const MAX_UNREAD_BYTES = 256 * 1024

/** A client of events, over whichever protocol. */
export interface EventReader {
  /** Bytes that it has been sent and has not taken. */
  unread(): number
  send(event: DaemonEvent): void
  /** Older events are gone. */
  gap(): void
  /** Shows that the connection is alive. */
  heartbeat(): void
  /** Ends the connection at once. */
  cut(): void
}

/** Sends a client what it has missed since an event, and then each event as it comes; returns what stops it. */
export function followEvents(events: EventLog, reader: EventReader, after: number | undefined): () => void {
  const withRoom = (send: () => void) => {
    if (reader.unread() > MAX_UNREAD_BYTES) reader.cut()
    else send()
  }
  if (after !== undefined && Number.isInteger(after)) {
    const missed = events.since(after)
    if (missed.gap) reader.gap()
    for (const event of missed.events) reader.send(event)
  }
  const stop = events.onEvent((event) => withRoom(() => reader.send(event)))
  const heartbeat = setInterval(() => withRoom(() => reader.heartbeat()), HEARTBEAT_MS)
  return () => {
    stop()
    clearInterval(heartbeat)
  }
}
