/** Why a network operation failed. */
export type NetifErrorCode =
  | 'NETIF_ADDRESS_IN_USE'
  | 'NETIF_ADDRESS_NOT_AVAILABLE'
  | 'NETIF_ABORTED'
  | 'NETIF_CLOSED'
  | 'NETIF_INVALID_ARGUMENT'
  | 'NETIF_NOT_FOUND'
  | 'NETIF_PERMISSION'
  | 'NETIF_REFUSED'
  | 'NETIF_RESET'
  | 'NETIF_RESOLVE'
  | 'NETIF_SYSTEM'
  | 'NETIF_TIMEOUT'
  | 'NETIF_UNREACHABLE'

/** Every failure `@p2pd/netif` can raise. Branch on `code`, never on `message`. */
export class NetifError extends Error {
  override readonly name = 'NetifError'
  readonly code: NetifErrorCode

  constructor(code: NetifErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
