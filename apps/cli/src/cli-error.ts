/** Why a command failed, beyond what the packages below report. */
export type CliErrorCode =
  | 'CLI_CAPTURE'
  | 'CLI_DEMO'
  | 'CLI_INTERRUPTED'
  | 'CLI_LAB_CLAIM'
  | 'CLI_LAB_HOST'
  | 'CLI_LAB_PROGRAM'
  | 'CLI_LAB_SVG'
  | 'CLI_RECEIVE'
  | 'CLI_SCENARIO'
  | 'CLI_SEND'

/** Every failure that is the command's own. Branch on `code`, never on `message`. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: CliErrorCode

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A program that ran in the command's place has ended; the command ends with its status and says nothing. */
export class ProgramEnded extends Error {
  override readonly name = 'ProgramEnded'
  readonly status: number

  constructor(status: number) {
    super(`the program ended with ${status}`)
    this.status = status
  }
}
