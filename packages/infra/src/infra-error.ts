import { formatTransportAddress, NetifError, type TransportAddress } from '@p2pd/netif'

/** Why a server could not be started. */
export type InfraErrorCode =
  /** Another program has the port. */
  | 'INFRA_ADDRESS_IN_USE'
  /** This machine does not have the address. */
  | 'INFRA_ADDRESS_NOT_AVAILABLE'
  /** A host is not an IP address, the hosts do not fit together, or TLS cannot use the certificate or its key. */
  | 'INFRA_INVALID_ARGUMENT'
  /** Listening failed for another reason; `cause` is the `NetifError`. */
  | 'INFRA_LISTEN'
  /** The system does not let this user listen on the port. */
  | 'INFRA_PERMISSION'

/** Every failure `@p2pd/infra` can raise. Branch on `code`, never on `message`. */
export class InfraError extends Error {
  override readonly name = 'InfraError'
  readonly code: InfraErrorCode

  constructor(code: InfraErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The error for a server that could not listen, in one line with the remedy. Other errors pass unchanged. */
export function listenError(server: string, address: TransportAddress, cause: unknown): unknown {
  if (!(cause instanceof NetifError)) return cause
  const where = `${server} on ${formatTransportAddress(address)}`
  switch (cause.code) {
    case 'NETIF_ADDRESS_IN_USE':
      return new InfraError(
        'INFRA_ADDRESS_IN_USE',
        `${where}: the port is in use; stop the program that has it or choose another port`,
        { cause },
      )
    case 'NETIF_ADDRESS_NOT_AVAILABLE':
      return new InfraError(
        'INFRA_ADDRESS_NOT_AVAILABLE',
        `${where}: this machine does not have the address; choose one that it has`,
        { cause },
      )
    case 'NETIF_PERMISSION':
      return new InfraError('INFRA_PERMISSION', `${where}: not permitted; choose a port from 1024 up`, {
        cause,
      })
    default:
      return new InfraError('INFRA_LISTEN', `${where}: ${cause.message}`, { cause })
  }
}
