/** Why the lab refuses or fails. */
export type LabErrorCode =
  | 'LAB_INVALID_SCENARIO'
  | 'LAB_INVALID_SETTINGS'
  | 'LAB_STALLED'
  | 'LAB_UNKNOWN_NAME'

/** Every failure the virtual half of `@p2pd/lab` can raise. Branch on `code`, never on `message`. */
export class LabError extends Error {
  override readonly name = 'LabError'
  readonly code: LabErrorCode

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
