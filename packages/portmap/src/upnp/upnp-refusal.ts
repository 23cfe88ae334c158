import type { Refused } from '../gateway/mapping-request.ts'
import { SILENT_AT_MAPPING } from '../gateway/server-port.ts'
import type { RefusalReason } from '../mapping.ts'
import { PortmapError } from '../portmap-error.ts'
import { upnpCodeOf } from './call-action.ts'
import { UpnpErrorCode } from './upnp-error-code.ts'

const OUTCOMES: Readonly<Record<number, RefusalReason>> = {
  [UpnpErrorCode.InvalidAction]: 'unsupported',
  [UpnpErrorCode.OptionalActionNotImplemented]: 'unsupported',
  [UpnpErrorCode.ActionNotAuthorized]: 'not-authorized',
  [UpnpErrorCode.InboundPinholeNotAllowed]: 'not-authorized',
  [UpnpErrorCode.ActionFailed]: 'no-resources',
  [UpnpErrorCode.InvalidArgs]: 'no-resources',
  [UpnpErrorCode.ConflictInMappingEntry]: 'no-resources',
  [UpnpErrorCode.NoPortMapsAvailable]: 'no-resources',
  [UpnpErrorCode.ConflictWithOtherMechanisms]: 'no-resources',
}

/** Why a gateway gave no mapping over UPnP. */
export function refusedByUpnp(protocol: 'upnp' | 'upnp-pinhole', error: unknown): Refused {
  const code = upnpCodeOf(error)
  const reason = error instanceof Error ? error.message : String(error)
  const isSilent = error instanceof PortmapError && error.code === 'PORTMAP_TIMEOUT'
  if (isSilent) return { type: 'refused', protocol, outcome: 'unresponsive', reason: SILENT_AT_MAPPING }
  const outcome = code === undefined ? 'failed' : (OUTCOMES[code] ?? 'failed')
  return { type: 'refused', protocol, outcome, reason, ...(code !== undefined && { gatewayCode: code }) }
}

/** No gateway answered the search, or none of those that did is usable. */
export function notFound(protocol: 'upnp' | 'upnp-pinhole', seen: readonly string[]): Refused {
  if (seen.length === 0) {
    return { type: 'refused', protocol, outcome: 'silent', reason: 'no answer over SSDP' }
  }
  const reason = `no usable gateway among the answers: ${seen.join('; ').slice(0, 400)}`
  return { type: 'refused', protocol, outcome: 'unsupported', reason }
}
