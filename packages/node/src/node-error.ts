import type { ReportLine } from './report/report.ts'

/** Why a node could not do what it was asked. */
export type NodeErrorCode =
  /** The caller's signal aborted, or the operation lost its purpose: another path won. */
  | 'NODE_ABORTED'
  /** A text is not a valid address: it was altered or cut short, or its signature is wrong. */
  | 'NODE_BAD_ADDRESS'
  /** A pairing code is mistyped. */
  | 'NODE_BAD_CODE'
  /** A contact has a malformed name or target, or the contacts file is malformed. */
  | 'NODE_BAD_CONTACT'
  /** A node id is malformed or mistyped. */
  | 'NODE_BAD_ID'
  /** A peer sent a message, a record or a frame that this version cannot decode. */
  | 'NODE_BAD_MESSAGE'
  /** An option or argument is out of its bounds: a datagram or the name of a service is too long. */
  | 'NODE_BAD_OPTION'
  /** The TXT record of a domain holds a malformed node id, or several ids. */
  | 'NODE_BAD_RECORD'
  /** The servers file cannot be read, or has a wrong entry. */
  | 'NODE_BAD_SERVERS'
  /** A target is neither `self` nor an id, an address, a contact or a domain. */
  | 'NODE_BAD_TARGET'
  /** The node has reached a bound: offers, handshakes, or searches for a random port under way. */
  | 'NODE_BUSY'
  /** The node, the pipe or the connection was closed. */
  | 'NODE_CLOSED'
  /** A pairing code was used, burnt by wrong guesses, or is older than ten minutes. */
  | 'NODE_CODE_OVER'
  /** Another pairing uses the number of the code. */
  | 'NODE_CODE_TAKEN'
  /** The two sides of a pairing have different codes. */
  | 'NODE_CODE_WRONG'
  /** The identity file cannot be read or written, or other users can read it. */
  | 'NODE_IDENTITY_FILE'
  /** The node cannot listen on the TCP port. */
  | 'NODE_LISTEN'
  /** The peer did not answer an offer within 10 s, or nobody answers to a pairing code. */
  | 'NODE_NO_ANSWER'
  /** No broker is configured, or none takes messages. */
  | 'NODE_NO_BROKER'
  /** DNS did not answer a look-up. */
  | 'NODE_NO_DNS'
  /** A default file was needed, and the user has no home folder. */
  | 'NODE_NO_HOME'
  /** The peer does not offer the service, or does not offer it to this node. */
  | 'NODE_SERVICE'
  /** The peer has no such session: it was restarted, or gave the session up. */
  | 'NODE_SESSION'
  /** A call, an attempt or a look-up took longer than its bound. */
  | 'NODE_TIMEOUT'
  /** A name is neither a contact nor a domain with a p2pd record. */
  | 'NODE_UNKNOWN_NAME'
  /** Every attempt to reach the peer failed. The report has the reasons. */
  | 'NODE_UNREACHABLE'
  /** The other end of a connection is another node, or proved no key. */
  | 'NODE_WRONG_PEER'

/** Every failure `@p2pd/node` can raise. Branch on `code`, never on `message`. */
export class NodeError extends Error {
  override readonly name = 'NodeError'
  readonly code: NodeErrorCode
  /** The attempts of a failed `connect`; empty for every other failure. */
  readonly report: readonly ReportLine[]

  constructor(
    code: NodeErrorCode,
    message: string,
    options: ErrorOptions & { report?: readonly ReportLine[] } = {},
  ) {
    super(message, options)
    this.code = code
    this.report = options.report ?? []
  }
}
