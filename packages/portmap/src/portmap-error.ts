/** Why a call of this package failed. */
export type PortmapErrorCode =
  | 'PORTMAP_INVALID_ARGUMENT'
  | 'PORTMAP_MALFORMED'
  | 'PORTMAP_TOO_LARGE'
  | 'PORTMAP_TIMEOUT'
  | 'PORTMAP_FORBIDDEN_URL'
  | 'PORTMAP_HTTP'
  | 'PORTMAP_UPNP'
  | 'PORTMAP_NOT_RELEASED'
  | 'PORTMAP_CLOSED'

/** What an error carries beside its code and message. */
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
