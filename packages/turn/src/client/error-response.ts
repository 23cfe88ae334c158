import { AttributeType, decodeErrorCode, ErrorCode, findAttribute, type Message } from '@p2pd/stun'
import { TurnError, type TurnErrorCode } from '../turn-error.ts'

/** The code of this package for each number that a client tells apart. RFC 8656 §19, RFC 6062 §6.3. */
const CODES: ReadonlyMap<number, TurnErrorCode> = new Map([
  [ErrorCode.TryAlternate, 'TURN_REDIRECTED'],
  [ErrorCode.Unauthenticated, 'TURN_CREDENTIALS'],
  [ErrorCode.Forbidden, 'TURN_FORBIDDEN'],
  [ErrorCode.AllocationMismatch, 'TURN_LOST'],
  [ErrorCode.AddressFamilyNotSupported, 'TURN_ADDRESS_FAMILY'],
  [ErrorCode.WrongCredentials, 'TURN_CREDENTIALS'],
  [ErrorCode.UnsupportedTransportProtocol, 'TURN_UNSUPPORTED'],
  [ErrorCode.PeerAddressFamilyMismatch, 'TURN_ADDRESS_FAMILY'],
  [ErrorCode.AllocationQuotaReached, 'TURN_QUOTA'],
  [ErrorCode.InsufficientCapacity, 'TURN_QUOTA'],
])

/** The ERROR-CODE of a response; a response without one counts as 500. RFC 8489 §6.3.4. */
export function errorCodeOf(response: Message): { code: number; reason: string } {
  const value = findAttribute(response, AttributeType.ErrorCode)
  return value === undefined
    ? { code: ErrorCode.ServerError, reason: 'no ERROR-CODE' }
    : decodeErrorCode(value)
}

/** The error for a response; the server's reason goes to terminals and logs, so it is cut to printable ASCII. */
export function errorOf(doing: string, { code, reason }: { code: number; reason: string }): TurnError {
  const printable = reason.replace(/[^\x20-\x7e]/g, '?').slice(0, 128)
  const message = `${doing}: the server answered ${code} ${printable}`
  return new TurnError(CODES.get(code) ?? 'TURN_REFUSED', message, { errorCode: code })
}
