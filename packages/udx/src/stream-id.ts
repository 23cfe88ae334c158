import { UdxError } from './udx-error.ts'
import type { StreamRole } from './udx.ts'

/** An id has 32 bits: 31 from the token, and one that differs between the ends. */
export const MIN_TOKEN_LENGTH = 4

/** The ids of a stream's two ends, as one of them sees them. */
export interface StreamIds {
  readonly local: number
  readonly remote: number
}

/** The stream ids that both ends derive from their token. A short token throws `UDX_INVALID_ARGUMENT`. */
export function streamIds(token: Uint8Array, role: StreamRole): StreamIds {
  if (token.length < MIN_TOKEN_LENGTH) {
    throw new UdxError(
      'UDX_INVALID_ARGUMENT',
      `a token has at least ${MIN_TOKEN_LENGTH} bytes, not ${token.length}`,
    )
  }
  const even = new DataView(token.buffer, token.byteOffset).getUint32(0) & ~1
  const client = even >>> 0
  const server = (even | 1) >>> 0
  return role === 'client' ? { local: client, remote: server } : { local: server, remote: client }
}
