import type { Allocate } from './frame/memory.ts'
import type { KeepAlive } from './path/liveness.ts'
import type { Role } from './role.ts'

/** The memory that a session holds, and its count of lost datagrams. */
export interface SessionUsage {
  /** Bytes of all streams that were written and that the peer has not acknowledged. */
  readonly unacknowledgedBytes: number
  /** Bytes of frames that wait for acknowledgement, to be sent again if need be. */
  readonly resendBytes: number
  /** Bytes that arrived and were not read. */
  readonly unreadBytes: number
  /** Streams that are not over at this end, the pipe among them. */
  readonly streams: number
  readonly paths: number
  /** Datagrams that were not sent, since the path took none at that moment. */
  readonly droppedDatagrams: number
}

/** How a session behaves. */
export interface SessionOptions {
  readonly role: Role
  /** How long it lasts without a path. @default 60000 */
  readonly resumeMs?: number | undefined
  /** @default 'prompt' */
  readonly keepAlive?: KeepAlive | undefined
  /** Memory for what is sent. @default zeroed memory */
  readonly allocate?: Allocate
  /** Takes such memory back once no path refers to it. @default it is left to the garbage collector */
  readonly release?: (bytes: Uint8Array) => void
}

/** The streams of a session. A change is sent with the next `flush`. */
export interface SessionStreams {
  /** Opens a stream; returns its id. It may wait until the peer allows one more. */
  open(service: string, now: number): number
  /** Takes bytes for a stream; they are not to be changed before the output `written`. */
  write(id: number, chunks: readonly Uint8Array[]): void
  /** Ends a stream after everything written to it. */
  end(id: number): void
  /** Aborts a stream in both directions. */
  reset(id: number, code: number): void
  /** The next bytes of a stream; null once at its end, undefined when there is nothing for now. */
  read(id: number): Uint8Array | null | undefined
  /** Whether everything of a stream has arrived, its end too. Bytes that were not read yet can be read. */
  hasEnd(id: number): boolean
}
