import type { Role } from './role.ts'
import { SessionError } from './session-error.ts'

/** HMAC-SHA-256 of a message under a key. RFC 2104. */
export type Hmac = (key: Uint8Array, message: Uint8Array) => Uint8Array

/** The message of an end that wants a path to join a session. The caller chooses its form on the wire. */
export interface Nomination {
  readonly sessionId: Uint8Array
  /** The offset that has arrived at this end: the other goes on there. */
  readonly received: number
  readonly proof: Uint8Array
}

/** A path that may join: two values that no other path has. */
export interface NominatedPath {
  readonly role: Role
  /**
   * Bytes that both ends have from this path alone, such as 32 exported from its TLS connection (RFC 8446 §7.5). So a
   * proof is worth nothing on another path.
   */
  readonly connectionId: Uint8Array
}

const LABEL = new TextEncoder().encode('p2pd session resume 1')
const ID_LENGTH = { min: 16, max: 64 }
const SECRET_LENGTH = 32
/** Nominations that are remembered, so that none is taken twice. */
const MAX_SEEN = 1024

/**
 * Proves that an end knows the session's secret, for one path, one role and one offset. The proof is HMAC-SHA-256 over
 * label, role, session id, connection id and offset, each with its length before it.
 */
export function resumeProof(
  hmac: Hmac,
  secret: Uint8Array,
  { role, connectionId }: NominatedPath,
  { sessionId, received }: Omit<Nomination, 'proof'>,
): Uint8Array {
  const offset = new Uint8Array(8)
  new DataView(offset.buffer).setBigUint64(0, BigInt(received))
  const roleByte = Uint8Array.of(role === 'controlling' ? 1 : 2)
  const parts = [LABEL, roleByte, sessionId, connectionId, offset]
  const message = new Uint8Array(parts.reduce((sum, { length }) => sum + 1 + length, 0))
  let at = 0
  for (const part of parts) {
    message[at] = part.length
    message.set(part, at + 1)
    at += 1 + part.length
  }
  return hmac(secret, message)
}

/** The values that the ends of one session share since its first path. */
export interface NominationKeys {
  readonly hmac: Hmac
  readonly role: Role
  readonly sessionId: Uint8Array
  /** At least 32 bytes exported from the session's first TLS connection. RFC 8446 §7.5. */
  readonly secret: Uint8Array
}

/**
 * Makes and checks the nominations of one session. One that is foreign, altered or repeated is refused. The constructor
 * and the methods throw `SESSION_INVALID_ARGUMENT` for a secret or an id of another length.
 */
export class Nominations {
  readonly #keys: NominationKeys
  readonly #seen = new Set<string>()

  constructor(keys: NominationKeys) {
    if (keys.secret.length < SECRET_LENGTH) throw invalid(`a secret of ${keys.secret.length} bytes`)
    checkId(keys.sessionId)
    this.#keys = keys
  }

  /** The nomination of this end for a path: to be sent once the path is authenticated. */
  nominate(connectionId: Uint8Array, received: number): Nomination {
    checkId(connectionId)
    const { hmac, secret, role, sessionId } = this.#keys
    const proof = resumeProof(hmac, secret, { role, connectionId }, { sessionId, received })
    return { sessionId, received, proof }
  }

  /**
   * Whether the peer's nomination is genuine, for this path, and the first one there. Until this end has accepted one and
   * made its own, the path is not attached; a refused one changes nothing.
   */
  accept(connectionId: Uint8Array, nomination: Nomination): boolean {
    checkId(connectionId)
    const { hmac, secret, role, sessionId } = this.#keys
    const { received, proof } = nomination
    if (!Number.isSafeInteger(received) || received < 0) return false
    if (!isEqual(nomination.sessionId, sessionId)) return false
    const peer: Role = role === 'controlling' ? 'controlled' : 'controlling'
    const expected = resumeProof(hmac, secret, { role: peer, connectionId }, { sessionId, received })
    if (!isEqual(proof, expected)) return false
    return this.#isFirst(connectionId)
  }

  #isFirst(connectionId: Uint8Array): boolean {
    const key = connectionId.join()
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    for (const oldest of this.#seen) {
      if (this.#seen.size <= MAX_SEEN) break
      this.#seen.delete(oldest)
    }
    return true
  }
}

function checkId(id: Uint8Array): void {
  if (id.length >= ID_LENGTH.min && id.length <= ID_LENGTH.max) return
  throw invalid(`an id of ${id.length} bytes; it has ${ID_LENGTH.min} to ${ID_LENGTH.max}`)
}

/** Takes the same time wherever they differ. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0)
  return difference === 0
}

function invalid(what: string): SessionError {
  return new SessionError('SESSION_INVALID_ARGUMENT', what)
}
