import { equalBytes, type RandomBytes } from '@p2pd/netif'
import {
  type Attribute,
  AttributeType,
  appendMessageIntegrity,
  appendMessageIntegritySha256,
  checkMessageIntegrity,
  checkMessageIntegritySha256,
  decodeText,
  ErrorCode,
  encodeText,
  findAttribute,
  type Message,
} from '@p2pd/stun'
import { hmacSha1, hmacSha256, longTermKey } from '@p2pd/stun/node'
import {
  decodePasswordAlgorithms,
  encodePasswordAlgorithms,
  NONCE_WITH_ALGORITHMS,
  type PasswordAlgorithm,
} from '@p2pd/turn'

/** Signs the responses to one request, as the request was signed. */
export type Sign = (response: Uint8Array) => Uint8Array

/** The outcome of checking a request. */
export type Authenticated =
  | { readonly type: 'user'; readonly username: string; readonly sign: Sign }
  | { readonly type: 'refused'; readonly code: number; readonly attributes: readonly Attribute[] }

/** The users of a server: names and passwords. */
export type TurnUsers = Readonly<Record<string, string>>

/** Nonces are good for an hour: long enough that a busy client seldom asks twice. RFC 8489 §9.2.4. */
const NONCE_MS = 3_600_000

const ALGORITHMS: readonly PasswordAlgorithm[] = ['MD5', 'SHA-256']

/**
 * Checks the long-term credentials of requests. A nonce is its own end and a hash of it, so that the server remembers
 * nothing of clients that it does not know. RFC 8489 §9.2.4.
 */
export class TurnAuthenticator {
  readonly #users: ReadonlyMap<string, string>
  readonly #realm: string
  readonly #secret: Uint8Array
  readonly #keys = new Map<string, Uint8Array>()

  constructor(users: TurnUsers, realm: string, random: RandomBytes) {
    this.#users = new Map(Object.entries(users))
    this.#realm = realm
    this.#secret = random(32)
  }

  /** Checks a request in its raw bytes. RFC 8489 §9.2.4. */
  check(request: Message, bytes: Uint8Array, now: number): Authenticated {
    const [name, nonce] = [AttributeType.Username, AttributeType.Nonce].map((type) =>
      findAttribute(request, type),
    )
    const realm = findAttribute(request, AttributeType.Realm)
    const sha256 = findAttribute(request, AttributeType.MessageIntegritySha256) !== undefined
    const isSigned = sha256 || findAttribute(request, AttributeType.MessageIntegrity) !== undefined
    if (!isSigned) return this.#challenge(ErrorCode.Unauthenticated, now)
    if (name === undefined || nonce === undefined || realm === undefined) {
      return { type: 'refused', code: ErrorCode.BadRequest, attributes: [] }
    }
    if (!this.#isFresh(decodeText(nonce), now)) return this.#challenge(ErrorCode.StaleNonce, now)
    const username = decodeText(name)
    const key = this.#keyOf(username, request)
    if (key === undefined || decodeText(realm) !== this.#realm)
      return this.#challenge(ErrorCode.Unauthenticated, now)
    const isAuthentic = sha256
      ? checkMessageIntegritySha256(bytes, key, hmacSha256)
      : checkMessageIntegrity(bytes, key, hmacSha1)
    if (!isAuthentic) return this.#challenge(ErrorCode.Unauthenticated, now)
    const sign: Sign = (response) =>
      sha256
        ? appendMessageIntegritySha256(response, key, hmacSha256)
        : appendMessageIntegrity(response, key, hmacSha1)
    return { type: 'user', username, sign }
  }

  #challenge(code: number, now: number): Authenticated {
    const text = (type: number, value: string) => ({ type, value: encodeText(type, value) })
    const attributes = [
      text(AttributeType.Realm, this.#realm),
      text(AttributeType.Nonce, this.#nonce(Math.floor(now + NONCE_MS))),
      { type: AttributeType.PasswordAlgorithms, value: encodePasswordAlgorithms(...ALGORITHMS) },
    ]
    return { type: 'refused', code, attributes }
  }

  /** The key of a user under the algorithm that the request names; undefined for an unknown user. RFC 8489 §9.2.2. */
  #keyOf(username: string, request: Message): Uint8Array | undefined {
    const password = this.#users.get(username)
    const named = findAttribute(request, AttributeType.PasswordAlgorithm)
    const [algorithm] = named === undefined ? (['MD5'] as const) : decodePasswordAlgorithms(named)
    if (password === undefined || algorithm === undefined) return undefined
    const cached = this.#keys.get(`${algorithm} ${username}`)
    const key = cached ?? longTermKey({ username, realm: this.#realm, password }, algorithm)
    this.#keys.set(`${algorithm} ${username}`, key)
    return key
  }

  #nonce(end: number): string {
    const hash = hmacSha256(this.#secret, new TextEncoder().encode(`${end}`))
    return `${NONCE_WITH_ALGORITHMS}${end.toString(16)}-${Buffer.from(hash.subarray(0, 16)).toString('hex')}`
  }

  #isFresh(nonce: string, now: number): boolean {
    const [, digits = ''] = /^.{13}([0-9a-f]{1,13})-/.exec(nonce) ?? []
    const end = Number.parseInt(digits, 16)
    const encode = (text: string) => new TextEncoder().encode(text)
    return end > now && equalBytes(encode(this.#nonce(end)), encode(nonce))
  }
}
