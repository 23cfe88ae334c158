/** Why a command failed, beyond the errors of the packages below. */
export type CliErrorCode =
  /** `serve`, `receive`: `--allow` names somebody who is neither a contact nor a node id. */
  | 'CLI_ALLOW'
  /** `lab run --pcap`: the capture could not be written to its file. */
  | 'CLI_CAPTURE'
  /** A code was given that is of another command, such as one of `serve` to `send`. */
  | 'CLI_CODE'
  /** `status`: the daemon of the user does not answer. */
  | 'CLI_DAEMON'
  /** `demo`: a strategy failed, or the process of the callee did. */
  | 'CLI_DEMO'
  /** `doctor`: a check has failed; the message names it. */
  | 'CLI_DOCTOR'
  /** `send`, `receive`, `bugreport`, `infra`: a file or folder that was named can't be read or written. */
  | 'CLI_FILE'
  /** `daemon --install`: the unit could not be written, or this system has no systemd. */
  | 'CLI_INSTALL'
  /** The settings file of the daemon is malformed. */
  | 'CLI_SETTINGS'
  /** `lab matrix`, `lab population`: the result is worse than the documentation claims. */
  | 'CLI_LAB_CLAIM'
  /** `lab shell`: no running lab has a host of that name. */
  | 'CLI_LAB_HOST'
  /** `lab run`: a program of the scenario failed. */
  | 'CLI_LAB_PROGRAM'
  /** `lab matrix --svg`: the picture could not be written to its file. */
  | 'CLI_LAB_SVG'
  /** `load`: some of the work failed, or was not begun in time; the message counts it. */
  | 'CLI_LOAD'
  /** `send --retry-failed`: no file has failed in the last transfer to the peer. */
  | 'CLI_NONE_FAILED'
  /** `ping`: a direct path was demanded, and the last one is a relay. */
  | 'CLI_NOT_DIRECT'
  /** `portmap`: no gateway answered, or none mapped the port; the message says which. */
  | 'CLI_NO_MAPPING'
  /** `portmap --release`: a gateway did not confirm that a mapping has ended. */
  | 'CLI_NOT_RELEASED'
  /** `connect --recv`: too few bytes arrived before the time-out, or before the peer closed the pipe. */
  | 'CLI_RECEIVE'
  /** `send`, `receive`: the receiver did not consent. */
  | 'CLI_REFUSED'
  /** `repl`: an expression of input that is not a terminal failed. */
  | 'CLI_REPL'
  /** `lab run`: the scenario file can't be read, or describes no network. */
  | 'CLI_SCENARIO'
  /** `connect`, `listen`: the connection ended before the peer had everything from standard input, or of `--send`. */
  | 'CLI_SEND'
  /** `receive --stdout`: more than one file has arrived, or a folder. */
  | 'CLI_STDOUT'
  /** `forward`, `socks`: the local port or socket can't be listened at; mostly another program does. */
  | 'CLI_TAKEN'
  /** `send`, `receive`: some files were not sent or not stored; the message names the first ones. */
  | 'CLI_TRANSFER'
  /** `ping`: the peer has answered nothing, or has gone. */
  | 'CLI_UNANSWERED'

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
