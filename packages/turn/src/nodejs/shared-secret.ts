import { hmacSha1 } from '@p2pd/stun/node'
import { type CredentialSource, timeLimitedCredentials } from '../authentication/credentials.ts'

/** How time-limited credentials are made. */
export interface SharedSecretOptions {
  /** A name for the server's log. @default none */
  readonly name?: string
  /** Time in which an allocation has to be made; it may last longer. @default 86400 */
  readonly lifetimeSeconds?: number
}

/** A day: coturn's documentation suggests it, and clocks that differ by an hour do no harm. */
const LIFETIME_SECONDS = 86_400

/**
 * A source of time-limited credentials, for a server with the same secret (coturn's `--use-auth-secret`). Each allocation
 * gets its own, which start with the clock of this machine. draft-uberti-behave-turn-rest-00 §2.2.
 */
export function sharedSecret(secret: string, options: SharedSecretOptions = {}): CredentialSource {
  const { name, lifetimeSeconds = LIFETIME_SECONDS } = options
  return () => {
    const expiry = Math.floor(Date.now() / 1000) + lifetimeSeconds
    return timeLimitedCredentials({ secret, expiry, ...(name !== undefined && { name }) }, hmacSha1)
  }
}
