/** Why a network operation failed. */
export type NetifErrorCode =
  /** Another socket has the port, or the kernel still holds it. */
  | 'NETIF_ADDRESS_IN_USE'
  /** No NIC has the local address, or the NIC has no address of the family. */
  | 'NETIF_ADDRESS_NOT_AVAILABLE'
  /** The signal of the caller aborted, or another attempt of a race was faster. */
  | 'NETIF_ABORTED'
  /** A socket, a listener or a stream was closed before the operation was done. */
  | 'NETIF_CLOSED'
  /** An argument is malformed or out of range; the message has its value. */
  | 'NETIF_INVALID_ARGUMENT'
  /** No NIC has this name. */
  | 'NETIF_NOT_FOUND'
  /** The system forbids it: a port below 1024, a broadcast address, a rule of a local firewall. */
  | 'NETIF_PERMISSION'
  /** The remote host answered with a RST: nothing listens at the port. */
  | 'NETIF_REFUSED'
  /** The remote host or a middlebox ended the connection with a RST. */
  | 'NETIF_RESET'
  /** A name has no usable address, or the resolver gave a broken answer. */
  | 'NETIF_RESOLVE'
  /** Any other failure of the system; `cause` has its own error. */
  | 'NETIF_SYSTEM'
  /** A deadline passed, or the kernel gave up waiting for the remote host. */
  | 'NETIF_TIMEOUT'
  /** No route leads to the destination, or a router reported it unreachable. */
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
