import { equalBytes } from '@p2pd/netif'
import { Nominations, type Role, type SessionPath } from '@p2pd/session'
import type { SessionTerms } from '../handshake/nomination.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Session, SessionSettings } from '../runtime/session.ts'
import { datagramChannelOf } from './datagrams.ts'
import type { NominatedPath, Path } from './path.ts'

/** Labels of exported keys: the secret of a session, and the name of a path in a proof. RFC 8446 §7.5. */
const SECRET_LABEL = 'EXPORTER-p2pd-session'
const PATH_LABEL = 'EXPORTER-p2pd-path'

/** The parts of a node that a session needs. */
export type SessionRuntime = Pick<Runtime, 'openSession' | 'hmac'>

/** A session with a peer, and the proof by which further paths join it. */
export class PeerSession {
  readonly peer: Uint8Array
  readonly id: Uint8Array
  /** The caller of the first path is controlling, whoever calls later. */
  readonly role: Role
  readonly session: Session
  readonly #isEncrypted: boolean
  readonly #nominations: Nominations
  readonly #paths = new Map<SessionPath, Path>()
  /** The path in use, or the last one that was. */
  #path: Path

  /** Begins a session on its first path, by the session id of the nomination. */
  constructor(path: NominatedPath, runtime: SessionRuntime, settings: SessionSettings) {
    const { nomination, replied, peer, encrypted } = path
    this.peer = peer
    this.id = nomination.sessionId ?? new Uint8Array()
    this.role = replied === undefined ? 'controlled' : 'controlling'
    this.#isEncrypted = encrypted
    this.#path = path
    this.#nominations = new Nominations({
      hmac: runtime.hmac,
      role: this.role,
      sessionId: this.id,
      secret: path.exportKey(SECRET_LABEL),
    })
    this.session = runtime.openSession({ ...settings, role: this.role })
    this.session.onPathChange((change) => {
      if (change.type === 'used') this.#path = this.#paths.get(change.path) ?? this.#path
      if (change.type === 'lost' || change.type === 'retired') this.#paths.delete(change.path)
    })
    this.#attach(path, 0)
  }

  /** The path in use; while there is none, the last one that was. */
  get path(): Path {
    return this.#path
  }

  /** The session's part of a nomination of a further path, or of the reply to one. */
  termsFor(path: Path): SessionTerms {
    const { sessionId, received, proof } = this.#nominations.nominate(pathId(path), this.session.received)
    return { sessionId, receivedOffset: received, proof }
  }

  /**
   * Whether the peer has proved, on this path, that it is the other end of the session. A path without encryption does not
   * join a session with it, nor the other way round.
   */
  isProved(path: Path, { sessionId, receivedOffset = 0, proof }: SessionTerms): boolean {
    if (sessionId === undefined || proof === undefined) return false
    if (path.encrypted !== this.#isEncrypted || !equalBytes(path.peer, this.peer)) return false
    return this.#nominations.accept(pathId(path), { sessionId, received: receivedOffset, proof })
  }

  /** Goes on by a further path, whose peer has proved itself and said what it has received. */
  join(path: Path, receivedOffset = 0): void {
    this.#attach(path, receivedOffset)
  }

  /** Gives up the paths whose local address is gone: their time-outs would come much later. */
  leave(isGone: (path: Path) => boolean): void {
    for (const [sessionPath, path] of this.#paths) if (isGone(path)) this.session.detach(sessionPath)
  }

  #attach(path: Path, peerReceived: number): void {
    const { stream, mappingLifetimeMs } = path
    const datagrams = datagramChannelOf(path)
    const sessionPath = {
      stream,
      ...(datagrams && { datagrams }),
      ...(mappingLifetimeMs !== undefined && { mappingLifetimeMs }),
    }
    this.#paths.set(sessionPath, path)
    this.session.attach(sessionPath, peerReceived)
  }
}

function pathId({ exportKey }: Path): Uint8Array {
  return exportKey(PATH_LABEL)
}
