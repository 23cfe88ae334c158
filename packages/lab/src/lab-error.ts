/** Why the lab refused or failed. */
export type LabErrorCode =
  /** A scenario has a wrong entry; the message names it. */
  | 'LAB_INVALID_SCENARIO'
  /** The settings of a box contradict each other or its addresses. */
  | 'LAB_INVALID_SETTINGS'
  /** A load is out of bounds, or aimed at a broker that is neither on loopback nor in the lab. */
  | 'LAB_LOAD_REFUSED'
  /** A namespace of the kernel Internet could not be set up, or ended. */
  | 'LAB_NAMESPACE_FAILED'
  /** A run of the virtual Internet exceeded its limit, or waits with no event left. */
  | 'LAB_STALLED'
  /** No host, box, link, NIC or preset has this name. */
  | 'LAB_UNKNOWN_NAME'
  /** This machine cannot run a kernel Internet; the message says why. */
  | 'LAB_UNSUPPORTED'

/** Every failure `@p2pd/lab` can raise. Branch on `code`, never on `message`. */
export class LabError extends Error {
  override readonly name = 'LabError'
  readonly code: LabErrorCode

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
