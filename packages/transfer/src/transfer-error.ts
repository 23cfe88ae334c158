/** Why a transfer ended early, or a call failed. */
export type TransferErrorCode =
  /** Bytes of the peer are not a frame, or a frame holds a value that is not allowed. */
  | 'TRANSFER_MALFORMED'
  /** The peer sent a frame that may not be sent, or not now. */
  | 'TRANSFER_PROTOCOL'
  /** A caller's argument is out of range, or a path to send does not exist. */
  | 'TRANSFER_INVALID_ARGUMENT'
  /** The receiver did not consent. */
  | 'TRANSFER_REFUSED'
  /** One end cancelled; `detail` has its reason. */
  | 'TRANSFER_CANCELLED'
  /** The byte stream ended before the receiver acknowledged the transfer. */
  | 'TRANSFER_CLOSED'
  /** The receiver's disk has less free space than the transfer needs. */
  | 'TRANSFER_NO_SPACE'
  /** The receiver's disk or quota was full while a file was written. */
  | 'TRANSFER_DISK_FULL'
  /** The receiver could not write to its folder. */
  | 'TRANSFER_NOT_WRITABLE'
  /** Another transfer of the same peer into the same folder is under way. */
  | 'TRANSFER_BUSY'

/** Facts of an error beside its code and message. */
export interface TransferErrorOptions extends ErrorOptions {
  /** The end that stopped the transfer. @default 'local' */
  readonly side?: 'local' | 'peer'
  /** The reason in the words of the end that stopped. Words of a peer are not escaped for a terminal. */
  readonly detail?: string
}

/** Every failure `@p2pd/transfer` can raise. Branch on `code`, never on `message`. */
export class TransferError extends Error {
  override readonly name = 'TransferError'
  readonly code: TransferErrorCode
  /** The end that stopped the transfer. */
  readonly side: 'local' | 'peer'
  /** The reason in the words of the end that stopped. Words of a peer are not escaped for a terminal. */
  readonly detail: string

  constructor(code: TransferErrorCode, message: string, options: TransferErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.side = options.side ?? 'local'
    this.detail = options.detail ?? message
  }
}
