import type { ByteStream } from '@p2pd/netif'
import type { KeepAlive, PathChange, Role, SessionError, SessionPath } from '@p2pd/session'

/** A stream of a session. */
export type SessionStream = ByteStream & {
  /** The same at both ends, and of no other stream of the session. */
  readonly id: number
  /** The service it was opened for; empty for the pipe, and where none was named. */
  readonly service: string
  /** Aborts both directions; the peer gets an error with this code. Codes from 16 on are the application's. */
  reset(code: number): void
}

/** How a session behaves. */
export interface SessionSettings {
  /** How long it lasts without a path. @default 60000 */
  readonly resumeMs?: number | undefined
  /**
   * How often an idle path is checked. `prompt`: after 10 s of silence, so that its death is noticed within 15 s.
   * `sparing`: once a minute, as far as the NAT's mapping allows, for hosts on battery. @default 'prompt'
   */
  readonly keepAlive?: KeepAlive | undefined
}

/** Opens the local end of a session. `@p2pd/session/node` does it on Node.js. */
export type OpenSession = (options: SessionSettings & { readonly role: Role }) => Session

/** One connection over changing paths: the parts of `@p2pd/session` that a node uses. */
export interface Session {
  /** Stream 0. */
  readonly pipe: ByteStream
  /** The offset up to which the peer's frames have arrived. */
  readonly received: number
  /** Bytes of all streams that the peer has not acknowledged. */
  readonly unacknowledgedBytes: number
  readonly path: SessionPath | undefined
  readonly roundTripMs: number | undefined
  readonly datagrams: SessionDatagrams
  attach(path: SessionPath, peerReceived?: number): void
  detach(path: SessionPath): void
  openStream(service?: string): SessionStream
  onStream(listener: (stream: SessionStream) => void): () => void
  onPathChange(listener: (change: PathChange) => void): () => void
  onClosed(listener: (error: SessionError | undefined) => void): () => void
  close(): Promise<void>
  abort(code: number): void
  /** Ends it at once: the peer does not have it any more. */
  forget(): void
}

/** The datagrams of a session. */
export interface SessionDatagrams {
  /** Sends now or never; returns whether it was sent. */
  send(data: Uint8Array): boolean
  onMessage(listener: (data: Uint8Array) => void): () => void
  readonly dropped: number
}
