/** Why a command failed, beyond what the packages below report. */
export type CliErrorCode = 'CLI_DEMO' | 'CLI_INTERRUPTED' | 'CLI_RECEIVE'

/** Every failure that is the command's own. Branch on `code`, never on `message`. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: CliErrorCode

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
