/** Why the lab refuses or fails. */
export type LabErrorCode =
  | 'LAB_INVALID_SCENARIO'
  | 'LAB_INVALID_SETTINGS'
  | 'LAB_NAMESPACE_FAILED'
  | 'LAB_STALLED'
  | 'LAB_UNKNOWN_NAME'
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
