import type { SessionError } from './session-error.ts'

/** Why a path was given up. */
export type PathLossReason =
  /** Nothing was acknowledged, or a ping not answered, in time. */
  | 'silent'
  /** Its bytes were not those of a peer that keeps to the protocol. */
  | 'protocol'
  /** More paths were attached than a session keeps. */
  | 'superseded'
  /** It was detached: the byte stream ended or broke, or the caller wanted so. */
  | 'detached'

/** Requests of the machine to its driver, and events for the user of the session. */
export type SessionOutput =
  /** Write these to a path, then call `ready` as soon as it takes more. */
  | { readonly type: 'send'; readonly path: number; readonly parts: readonly Uint8Array[] }
  /** Hand this to the datagram channel of a path. */
  | { readonly type: 'send-datagram'; readonly path: number; readonly bytes: Uint8Array }
  /** Both ends have moved away: end the path's byte stream. */
  | { readonly type: 'path-retired'; readonly path: number }
  /** The path is dead: destroy it. */
  | { readonly type: 'path-lost'; readonly path: number; readonly reason: PathLossReason }
  /** The session sends by this path from now on. */
  | { readonly type: 'path-used'; readonly path: number }
  /** The peer has answered on the path in use. */
  | { readonly type: 'path-measured'; readonly path: number; readonly roundTripMs: number }
  /** There is no path. The session ends at `until`, a time of its clock, unless one is attached. */
  | { readonly type: 'suspended'; readonly until: number }
  /** The peer opened a stream. */
  | { readonly type: 'stream'; readonly id: number; readonly service: string }
  /** `read` has something new: bytes or the end. */
  | { readonly type: 'readable'; readonly id: number }
  /** All that was written to a stream was taken: write more. */
  | { readonly type: 'written'; readonly id: number }
  /** The peer aborted the stream. */
  | { readonly type: 'reset'; readonly id: number; readonly code: number }
  | { readonly type: 'datagram'; readonly bytes: Uint8Array }
  /** The peer has closed the session: writes fail, what has arrived can be read. */
  | { readonly type: 'finished' }
  /** The peer has acknowledged everything, the end of the session too. */
  | { readonly type: 'acknowledged' }
  /** The session is over. All paths are to be ended; no other output follows. */
  | { readonly type: 'over'; readonly error: SessionError | undefined }

/** Takes what a part of the machine puts out. */
export type Emit = (output: SessionOutput) => void
