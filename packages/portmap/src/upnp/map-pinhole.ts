import { splitZone } from '@p2pd/netif'
import type { MappingAnswer, MappingRequest } from '../gateway/mapping-request.ts'
import { upnpCodeOf } from './call-action.ts'
import type { Ipv6FirewallControl } from './ipv6-firewall-control.ts'
import { refusedByUpnp } from './upnp-refusal.ts'
import { UpnpErrorCode } from './upnp-error-code.ts'

/** LeaseTime is 1 to 86,400. WANIPv6FirewallControl:1 §2.3.6. */
const MAX_LEASE_SECONDS = 86_400

/** Opens a pinhole, or prolongs the one that the request names. */
export async function mapPinhole(
  firewall: Ipv6FirewallControl,
  request: MappingRequest,
  signal?: AbortSignal,
): Promise<MappingAnswer> {
  const leaseSeconds = Math.min(Math.max(1, request.lifetimeSeconds), MAX_LEASE_SECONDS)
  const { transport, internal } = request
  try {
    const kept = await prolong(firewall, request.pinholeId, leaseSeconds, signal)
    if (kept === undefined) {
      const { pinholeAllowed } = await firewall.getFirewallStatus(signal)
      if (!pinholeAllowed) return forbidden()
    }
    const asked = { transport, internalClient: internal.ip, internalPort: internal.port, leaseSeconds }
    signal?.throwIfAborted()
    // Once it is sent it is not broken off: the answer names the pinhole to give back.
    const pinholeId = kept ?? (await firewall.addPinhole(asked))
    if (signal?.aborted) await firewall.deletePinhole(pinholeId)
    signal?.throwIfAborted()
    return {
      type: 'granted',
      protocol: 'upnp-pinhole',
      external: { ip: splitZone(internal.ip).ip, port: internal.port },
      lifetimeSeconds: leaseSeconds,
      pinholeId,
      conflicts: [],
    }
  } catch (error) {
    signal?.throwIfAborted()
    return refusedByUpnp('upnp-pinhole', error)
  }
}

/** The pinhole's id when it could be prolonged; undefined when there is none any more. */
async function prolong(
  firewall: Ipv6FirewallControl,
  pinholeId: number | undefined,
  leaseSeconds: number,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  if (pinholeId === undefined) return undefined
  try {
    await firewall.updatePinhole(pinholeId, leaseSeconds, signal)
    return pinholeId
  } catch (error) {
    // Gone, or another's after a reboot: a new one is opened.
    if (upnpCodeOf(error) === undefined) throw error
    return undefined
  }
}

function forbidden(): MappingAnswer {
  return {
    type: 'refused',
    protocol: 'upnp-pinhole',
    outcome: 'not-authorized',
    gatewayCode: UpnpErrorCode.InboundPinholeNotAllowed,
    reason: 'the gateway does not allow inbound pinholes',
  }
}
