import { equalBytes } from '@p2pd/netif'
import {
  type Attribute,
  AttributeType,
  appendMessageIntegrity,
  appendMessageIntegritySha256,
  checkMessageIntegrity,
  checkMessageIntegritySha256,
  decodeText,
  encodeMessage,
  encodeText,
  ErrorCode,
  findAttribute,
  type Message,
} from '@p2pd/stun'
import {
  decodePasswordAlgorithms,
  encodePasswordAlgorithms,
  nonceOffersAlgorithms,
  type PasswordAlgorithm,
} from '../wire/password-algorithms.ts'
import { type Credentials, prepareOpaqueString, type TurnCrypto } from './credentials.ts'

/** The values of a server's challenge that each request repeats, and the key that fits them. */
interface Challenge {
  readonly realm: Uint8Array
  readonly nonce: Uint8Array
  /** PASSWORD-ALGORITHMS as the server sent it. */
  readonly offered: Uint8Array | undefined
  readonly algorithm: PasswordAlgorithm
  readonly key: Uint8Array
}

/** The long-term credentials of one client with one server: its requests signed, its responses checked. RFC 8489 §9.2. */
export class Authentication {
  readonly #credentials: Credentials
  readonly #crypto: TurnCrypto
  #challenge: Challenge | undefined

  /** Throws `TURN_INVALID_ARGUMENT` for texts that the OpaqueString profile forbids. */
  constructor({ username, password }: Credentials, crypto: TurnCrypto) {
    this.#credentials = {
      username: prepareOpaqueString('user name', username),
      password: prepareOpaqueString('password', password),
    }
    this.#crypto = crypto
  }

  /** Whether the server has sent a challenge, so that requests are signed. */
  get isChallenged(): boolean {
    return this.#challenge !== undefined
  }

  /** Encodes a request, signed as soon as the server has asked for it. RFC 8489 §9.2.3. */
  encode(request: Message): Uint8Array {
    const challenge = this.#challenge
    if (challenge === undefined) return encodeMessage(request)
    const { realm, nonce, offered, algorithm, key } = challenge
    const attributes: Attribute[] = [
      ...request.attributes,
      { type: AttributeType.Username, value: encodeText(AttributeType.Username, this.#credentials.username) },
      { type: AttributeType.Realm, value: realm },
      { type: AttributeType.Nonce, value: nonce },
    ]
    if (offered === undefined) {
      return appendMessageIntegrity(encodeMessage({ ...request, attributes }), key, this.#crypto.hmacSha1)
    }
    attributes.push({ type: AttributeType.PasswordAlgorithms, value: offered })
    attributes.push({ type: AttributeType.PasswordAlgorithm, value: encodePasswordAlgorithms(algorithm) })
    return appendMessageIntegritySha256(
      encodeMessage({ ...request, attributes }),
      key,
      this.#crypto.hmacSha256,
    )
  }

  /** Whether a response is from the server that knows the password. RFC 8489 §9.2.5. */
  isAuthentic(response: Uint8Array): boolean {
    if (this.#challenge === undefined) return false
    const { key, offered } = this.#challenge
    return offered === undefined
      ? checkMessageIntegrity(response, key, this.#crypto.hmacSha1)
      : checkMessageIntegritySha256(response, key, this.#crypto.hmacSha256)
  }

  /**
   * Takes the challenge of a 401 or 438 response; returns whether the request is worth repeating. A 401 that answers a
   * signed request with the same realm means wrong credentials. RFC 8489 §9.2.5.
   */
  takeChallenge(code: number, response: Message, wasSigned: boolean): boolean {
    const realm = findAttribute(response, AttributeType.Realm) ?? this.#challenge?.realm
    const nonce = findAttribute(response, AttributeType.Nonce)
    if (realm === undefined || nonce === undefined) return false
    const before = this.#challenge
    const refused = code === ErrorCode.Unauthenticated && wasSigned && before !== undefined
    if (refused && equalBytes(before.realm, realm)) return false
    const offered = findAttribute(response, AttributeType.PasswordAlgorithms)
    const offers = nonceOffersAlgorithms(decodeText(nonce))
    // An offer that the nonce announces and the message lacks was taken out on the way.
    if (offers && offered === undefined) return false
    this.#challenge = this.#newChallenge(realm, nonce, offers ? offered : undefined)
    return this.#challenge !== undefined
  }

  /** The challenge with its key; undefined when the server offers no algorithm that is known here. */
  #newChallenge(
    realm: Uint8Array,
    nonce: Uint8Array,
    offered: Uint8Array | undefined,
  ): Challenge | undefined {
    const algorithms = offered === undefined ? ['MD5' as const] : decodePasswordAlgorithms(offered)
    const algorithm = algorithms.includes('SHA-256') ? 'SHA-256' : algorithms[0]
    if (algorithm === undefined) return undefined
    const key = this.#crypto.longTermKey({ ...this.#credentials, realm: decodeText(realm) }, algorithm)
    return { realm, nonce, offered, algorithm, key }
  }
}
