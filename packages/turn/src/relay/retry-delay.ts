import type { TurnError } from '../turn-error.ts'

/** The first try to make a lost allocation anew comes at once; the waits after it grow to half a minute. */
const WAITS_MS = [0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]

/** A user's quota or the server's ports are all in use. RFC 8656 §7.4. */
const QUOTA_WAIT_MS = 60_000

/** The server still knows an old allocation of this port, three ports in a row. RFC 8656 §7.4. */
const MISMATCH_WAIT_MS = 120_000

/** The wait before try number `tries`, counted from 0, after an error; undefined when no try can succeed. */
export function retryDelayMs(tries: number, error: TurnError | undefined): number | undefined {
  switch (error?.code) {
    case 'TURN_CREDENTIALS':
    case 'TURN_INVALID_ARGUMENT':
    case 'TURN_INVALID_URI':
    case 'TURN_UNSUPPORTED':
    case 'TURN_ADDRESS_FAMILY':
      return undefined
    case 'TURN_QUOTA':
      return QUOTA_WAIT_MS
    default:
      if (tries > 0 && error?.code === 'TURN_LOST' && error.errorCode !== undefined) return MISMATCH_WAIT_MS
      return WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]
  }
}
