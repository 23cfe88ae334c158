import { formatTransportAddress, NetifError, type TransportAddress } from '@p2pd/netif'

/** Why a server could not be started. */
export type InfraErrorCode =
  | 'INFRA_ADDRESS_IN_USE'
  | 'INFRA_ADDRESS_NOT_AVAILABLE'
  | 'INFRA_INVALID_ARGUMENT'
  | 'INFRA_LISTEN'
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

/** Says in one line which server could not listen where, and what to do. */
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
