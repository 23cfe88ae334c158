import type { ReportLine } from './report/report.ts'

/** Why a node could not do what it was asked. */
export type NodeErrorCode =
  | 'NODE_ABORTED'
  | 'NODE_BAD_ADDRESS'
  | 'NODE_BAD_CONTACT'
  | 'NODE_BAD_ID'
  | 'NODE_BAD_MESSAGE'
  | 'NODE_BAD_OPTION'
  | 'NODE_BAD_RECORD'
  | 'NODE_BAD_SERVERS'
  | 'NODE_BAD_TARGET'
  | 'NODE_BUSY'
  | 'NODE_CLOSED'
  | 'NODE_IDENTITY_FILE'
  | 'NODE_LISTEN'
  | 'NODE_NETWORK_CHANGED'
  | 'NODE_NO_ANSWER'
  | 'NODE_NO_BROKER'
  | 'NODE_NO_DNS'
  /** A default file was needed, and the user has no home folder. */
  | 'NODE_NO_HOME'
  /** The peer does not offer the service, or does not offer it to this node. */
  | 'NODE_SERVICE'
  | 'NODE_TIMEOUT'
  | 'NODE_UNKNOWN_NAME'
  | 'NODE_UNREACHABLE'
  | 'NODE_WRONG_PEER'

/** Every failure `@p2pd/node` can raise. Branch on `code`, never on `message`. */
export class NodeError extends Error {
  override readonly name = 'NodeError'
  readonly code: NodeErrorCode
  /** What a failed `connect` tried; empty for every other failure. */
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
