/**
 * One connection over changing paths. A session carries streams and datagrams over authenticated byte streams. It keeps
 * everything that the peer has not acknowledged. So it moves to another path, or resumes on one, without losing a byte.
 *
 * It neither finds, authenticates nor chooses paths: the caller of `attach` does.
 * `@p2pd/session/node` has the driver, with a `Duplex` per stream; the machine, its frames and the proofs that let a path
 * join are here.
 *
 * @example
 * ```ts
 * import { systemClock } from '@p2pd/netif/node'
 * import { Session } from '@p2pd/session/node'
 * import type { Duplex } from 'node:stream'
 *
 * declare const path: Duplex // Authenticated: TLS to the peer.
 * declare const better: Duplex
 *
 * const session = new Session({ role: 'controlling', clock: systemClock })
 * session.attach({ stream: path })
 * session.pipe.write('hello')
 * session.attach({ stream: better }) // Whatever is under way arrives, once and in order.
 * session.openStream('files').end('a file')
 * await session.close()
 * ```
 *
 * RFC 9000 §2, §4, §9, §13, §16; RFC 8446 §7.5; RFC 2104.
 *
 * @packageDocumentation
 */
export { encodeFrame, type Frame, FrameType, MAX_DATAGRAM, MAX_SERVICE } from './frame/frame.ts'
export { type DecodedFrame, FrameDecoder } from './frame/frame-decoder.ts'
export type { Allocate } from './frame/memory.ts'
export { type KeepAlive, pingInterval } from './path/liveness.ts'
export {
  type Hmac,
  type Nomination,
  type NominatedPath,
  type NominationKeys,
  Nominations,
  resumeProof,
} from './nomination.ts'
export type { SentDatagram } from './datagram-queue.ts'
export type { PathLossReason, SessionOutput } from './output.ts'
export type { PathOptions } from './path/path-set.ts'
export { PIPE_STREAM, type Role } from './role.ts'
export { SessionError, type SessionErrorCode, type SessionErrorOptions } from './session-error.ts'
export { SessionMachine } from './session-machine.ts'
export type { SessionOptions, SessionStreams, SessionUsage } from './session-options.ts'
export { type DatagramChannel, type PathChange, ResetCode, type SessionPath } from './session-path.ts'
