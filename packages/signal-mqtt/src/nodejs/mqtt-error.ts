import { NetifError } from '@p2pd/netif'

/** The codes of Node and mqtt.js, in words for users. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EADDRNOTAVAIL: 'this host has no free port, or no address of the family, to dial from',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'host name not resolved: the name server does not answer',
  ETIMEDOUT: 'no answer',
}

/** Return and reason codes by which a broker turns a protocol version down. MQTT 3.1.1 §3.2.2.3, MQTT 5.0 §3.2.2.2. */
const UNSUPPORTED_VERSION: readonly unknown[] = [0x01, 0x84]

/** A broker that does not know the version offered may also close the connection without a word. */
export class VersionRefused extends Error {}

/** Mosquitto refuses a message above its limit by the code of another packet. MQTT 5 §3.4.2.1 does not list it for PUBACK. */
const UNKNOWN_REFUSAL = 'Invalid puback reason code'
const SHORT_MESSAGES = `it refuses a message (${UNKNOWN_REFUSAL}): its limit for the size of messages may be too low`

/** One line that says what went wrong. */
export function explain(error: Error | undefined): Error {
  if (!error) return new VersionRefused('closed by the broker before it answered')
  const code = codeOf(error)
  if (UNSUPPORTED_VERSION.includes(code)) return new VersionRefused(error.message, { cause: error })
  if (error.message.startsWith(UNKNOWN_REFUSAL)) return new Error(SHORT_MESSAGES, { cause: error })
  const words = typeof code === 'string' ? EXPLANATIONS[code] : undefined
  return new Error(words ?? error.message, { cause: error })
}

/** The code of the operating system where an error of `@p2pd/netif` has one beneath. */
function codeOf(error: object): unknown {
  const { cause, code } = error as { cause?: unknown; code?: unknown }
  return error instanceof NetifError && typeof cause === 'object' && cause !== null ? codeOf(cause) : code
}
