import { PunchError } from './punch-error.ts'

/** Length of the secret that both sides have from the sealed offer: nobody guesses it within a punch. */
export const TOKEN_LENGTH = 16

/** The side that sent a packet: a host that echoes every packet must not pass for the peer. */
export type Side = 'controlling' | 'controlled'

/** Throws `PUNCH_INVALID_ARGUMENT` for a token of another length. */
export function checkToken(token: Uint8Array): void {
  if (token.length === TOKEN_LENGTH) return
  throw new PunchError('PUNCH_INVALID_ARGUMENT', `token of ${token.length} bytes, not ${TOKEN_LENGTH}`)
}
