import { StunError } from '../stun-error.ts'

// RFC 5780 has no filtering test for TCP. This attribute adds one: in a Binding request over TCP it asks the server to
// open a TCP connection to the client. The server dials the source of the connection, never an address out of the
// message, so that nobody can aim it at a stranger.
// The value of the request has 32 bits as in CHANGE-REQUEST. With "change IP" the server dials from its other address,
// else from the same address and another port. When the connection opens, the server sends the Binding success response
// over it, with the transaction id of the request, and closes it. Then it answers the request: the first byte of the
// value is the outcome, the other three are zero.
// The type is comprehension-optional: any other server sends a plain Binding response.

/** The outcome of the server's connection to the client. */
export const ConnectBackOutcome = {
  /** The connection opened: no filter stopped it. */
  Connected: 0,
  /** The connection was reset, by the host of the client or by a NAT. */
  Refused: 1,
  /** The server received no answer in time. */
  NoAnswer: 2,
  /** The server did not try: no second address, or too many tries at once. */
  NotTried: 3,
} as const

export type ConnectBackOutcome = (typeof ConnectBackOutcome)[keyof typeof ConnectBackOutcome]

/** Encodes the outcome for the response of the server. */
export function encodeConnectBackOutcome(outcome: ConnectBackOutcome): Uint8Array {
  return Uint8Array.of(outcome, 0, 0, 0)
}

/** Decodes the outcome in a response. Throws `STUN_MALFORMED`. */
export function decodeConnectBackOutcome(value: Uint8Array): ConnectBackOutcome {
  const outcome = Object.values(ConnectBackOutcome).find((known) => known === value[0])
  if (value.length !== 4 || outcome === undefined) {
    throw new StunError('STUN_MALFORMED', `CONNECT-BACK: ${value.length} bytes, outcome ${value[0]}`)
  }
  return outcome
}
