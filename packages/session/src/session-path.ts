import type { ByteStream } from '@p2pd/netif'
import type { PathLossReason } from './output.ts'

/** A way for datagrams beside the byte stream of a path, which may lose them. They are sealed already. */
export interface DatagramChannel {
  /** Sends now or never; returns whether it was sent. */
  send(bytes: Uint8Array): boolean
  onMessage(listener: (bytes: Uint8Array) => void): () => void
}

/** A path of a session: an authenticated byte stream to the peer, and whatever is known of it. */
export interface SessionPath {
  /** The session reads it, writes it and ends it from `attach` on. */
  readonly stream: ByteStream
  /** @default datagrams are framed and travel with the stream */
  readonly datagrams?: DatagramChannel
  /** For how long the NATs between keep the path open in silence; it may change. @default 30000 */
  readonly mappingLifetimeMs?: number | undefined
}

/** A change of the paths of a session. */
export type PathChange =
  /** The session sends by this path from now on. */
  | { readonly type: 'used'; readonly path: SessionPath }
  /** The peer has answered on the path in use, after so long. */
  | { readonly type: 'measured'; readonly path: SessionPath; readonly roundTripMs: number }
  /** Both ends have moved away, and it is ended. */
  | { readonly type: 'retired'; readonly path: SessionPath }
  /** It is dead, and destroyed. */
  | { readonly type: 'lost'; readonly path: SessionPath; readonly reason: PathLossReason }
  /** There is no path. The session ends after so long, unless one is attached. */
  | { readonly type: 'suspended'; readonly endsInMs: number }

/** Codes of aborted streams. Those from 16 on are the application's. */
export const ResetCode = {
  /** It is not wanted any more. */
  Cancelled: 0,
  /** Nobody takes streams here, or none for this service. */
  Refused: 1,
} as const
