import { hmacSha1, hmacSha256, longTermKey } from '@p2pd/stun/node'
import type { TurnCrypto } from '../authentication/credentials.ts'

/** The hashes of the long-term mechanism, by `node:crypto`. RFC 8489 §9.2. */
export const turnCrypto: TurnCrypto = { hmacSha1, hmacSha256, longTermKey }
