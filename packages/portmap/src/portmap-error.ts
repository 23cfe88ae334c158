/** Why a call of this package failed. */
export type PortmapErrorCode =
  /** A caller's argument is out of range, or the NIC has no address to map. */
  | 'PORTMAP_INVALID_ARGUMENT'
  /** A gateway's bytes do not follow its protocol. */
  | 'PORTMAP_MALFORMED'
  /** A gateway's answer is longer than is read. */
  | 'PORTMAP_TOO_LARGE'
  /** A gateway's answer did not come in time. */
  | 'PORTMAP_TIMEOUT'
  /** A description names a control URL that is not asked. */
  | 'PORTMAP_FORBIDDEN_URL'
  /** A gateway's web server reset the connection, or answered with another status. */
  | 'PORTMAP_HTTP'
  /** A gateway answered an action with a UPnP error; `gatewayCode` has its number. */
  | 'PORTMAP_UPNP'
  /** A gateway refused to end a mapping. */
  | 'PORTMAP_NOT_RELEASED'
  /** The mapper is closed. */
  | 'PORTMAP_CLOSED'

/** The fields of an error beside its code and message. */
export interface PortmapErrorOptions extends ErrorOptions {
  /** The HTTP status or UPnP error code that the gateway answered with. */
  readonly gatewayCode?: number
}

/** Every failure `@p2pd/portmap` can raise. Branch on `code`, never on `message`. */
export class PortmapError extends Error {
  override readonly name = 'PortmapError'
  readonly code: PortmapErrorCode
  readonly gatewayCode?: number

  constructor(code: PortmapErrorCode, message: string, options: PortmapErrorOptions = {}) {
    super(message, options)
    this.code = code
    if (options.gatewayCode !== undefined) this.gatewayCode = options.gatewayCode
  }
}
