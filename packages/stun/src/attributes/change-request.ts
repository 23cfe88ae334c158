import { StunError } from '../stun-error.ts'

/** Asks the server to send the response from another IP address or port. RFC 5780 §7.2. */
export interface ChangeRequest {
  readonly changeIp: boolean
  readonly changePort: boolean
}

const CHANGE_IP = 0b100
const CHANGE_PORT = 0b010

/** Encodes the value of CHANGE-REQUEST. RFC 5780 §7.2. */
export function encodeChangeRequest({ changeIp, changePort }: ChangeRequest): Uint8Array {
  return Uint8Array.of(0, 0, 0, (changeIp ? CHANGE_IP : 0) | (changePort ? CHANGE_PORT : 0))
}

/** Decodes the value of CHANGE-REQUEST and ignores its other bits. Throws `STUN_MALFORMED`. RFC 5780 §7.2. */
export function decodeChangeRequest(value: Uint8Array): ChangeRequest {
  if (value.length !== 4)
    throw new StunError('STUN_MALFORMED', `CHANGE-REQUEST: ${value.length} bytes, not 4`)
  const flags = value[3] ?? 0
  return { changeIp: (flags & CHANGE_IP) !== 0, changePort: (flags & CHANGE_PORT) !== 0 }
}
