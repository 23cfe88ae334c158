import { PunchError } from './punch-error.ts'

/** Bytes of the secret that both sides have from the sealed offer: guessing it takes longer than any punch. */
export const TOKEN_LENGTH = 16

/** Which side a packet is from, so that one's own, sent back by whoever answers everything, is not the peer's. */
export type Side = 'controlling' | 'controlled'

/** Refuses a token of another length. */
export function checkToken(token: Uint8Array): void {
  if (token.length === TOKEN_LENGTH) return
  throw new PunchError('PUNCH_INVALID_ARGUMENT', `token of ${token.length} bytes, not ${TOKEN_LENGTH}`)
}

/** Whether bytes are equal, in a time that depends on their number only. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}
