import type { Hmac } from '@p2pd/stun'
import { TurnError } from '../turn-error.ts'
import type { PasswordAlgorithm } from '../wire/password-algorithms.ts'

/** A user of a server. RFC 8489 §9.2. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Gives the credentials for one allocation. It is asked again for each new one, as time-limited ones expire. */
export type CredentialSource = () => Credentials | Promise<Credentials>

/** The hashes of the long-term mechanism; `@p2pd/turn/node` has them. RFC 8489 §9.2.2. */
export interface TurnCrypto {
  readonly hmacSha1: Hmac
  readonly hmacSha256: Hmac
  /** The key made of the prepared `username`, `realm` and `password`. */
  longTermKey(credentials: Credentials & { readonly realm: string }, algorithm: PasswordAlgorithm): Uint8Array
}

/** Control characters, which the OpaqueString profile forbids. RFC 8265 §4.2.2. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/

/** Any Unicode space becomes U+0020. RFC 8265 §4.2.2. */
const SPACE = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g

/**
 * Prepares a text by the OpaqueString profile: spaces mapped, Unicode composed, nothing folded. Throws
 * `TURN_INVALID_ARGUMENT` for control characters and an empty text. The text is not in the message. RFC 8265 §4.2.
 */
export function prepareOpaqueString(name: string, text: string): string {
  const prepared = text.replace(SPACE, ' ').normalize('NFC')
  if (prepared === '' || CONTROL.test(prepared)) {
    throw new TurnError(
      'TURN_INVALID_ARGUMENT',
      `${name}: ${prepared === '' ? 'empty' : 'has control characters'}`,
    )
  }
  return prepared
}

/** Time-limited credentials as coturn's `--use-auth-secret` checks them. */
export interface TimeLimit {
  /** The secret that the server has, too. */
  readonly secret: string
  /** Seconds since 1970 at which they expire: no allocation is made with them after that. */
  readonly expiry: number
  /** A name for the server's log. @default none */
  readonly name?: string
}

/**
 * Derives time-limited credentials from a shared secret: the user name is `expiry:name`, the password the HMAC-SHA1 of the
 * user name in base64. draft-uberti-behave-turn-rest-00 §2.2.
 */
export function timeLimitedCredentials({ secret, expiry, name }: TimeLimit, hmacSha1: Hmac): Credentials {
  const username = name === undefined ? `${Math.floor(expiry)}` : `${Math.floor(expiry)}:${name}`
  const encoder = new TextEncoder()
  const hash = hmacSha1(encoder.encode(secret), encoder.encode(username))
  return { username, password: btoa(String.fromCharCode(...hash)) }
}
