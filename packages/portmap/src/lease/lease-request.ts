import { familyOf, type RandomBytes, toHex, type TransportAddress } from '@p2pd/netif'
import type { Gateway } from '../gateway/gateway.ts'
import type { Granted, MappingRequest } from '../gateway/mapping-request.ts'
import type { MappingTransport } from '../mapping.ts'
import { usableExternalPort } from './external-port.ts'
import type { SavedLease, SavedLeases } from './lease-store.ts'

/** The port that a lease maps. */
export interface LeaseGoal {
  readonly transport: MappingTransport
  readonly internal: TransportAddress
  readonly externalPort: number
  readonly stunIp?: string
}

/** The record of an earlier mapping of this port on one of the gateways. */
export function lastOf(
  saved: SavedLeases,
  { transport, internal }: LeaseGoal,
  gateways: readonly Gateway[],
): SavedLease | undefined {
  const records = gateways.map(({ ip }) => saved.find({ gateway: ip, transport, internal }))
  return records.find((record) => record !== undefined)
}

/** The request for a port: it suggests the external address of the present mapping, else that of the earlier one. */
export function requestFor(
  { transport, internal, externalPort }: LeaseGoal,
  known: {
    readonly nonce: Uint8Array
    readonly granted: Granted | undefined
    readonly last: SavedLease | undefined
  },
  lifetimeSeconds: number,
  random: RandomBytes,
): MappingRequest {
  const { nonce, granted, last } = known
  const externalIp = granted?.external.ip ?? last?.externalIp
  const pinholeId = granted?.pinholeId ?? last?.pinholeId
  const wanted = granted?.external.port ?? last?.externalPort ?? externalPort
  return {
    transport,
    internal,
    // An IPv6 firewall opens the port as it is.
    suggestedExternalPort:
      familyOf(internal.ip) === 'IPv6'
        ? internal.port
        : usableExternalPort({ suggestedExternalPort: wanted, internal }, random),
    ...(externalIp !== undefined && { suggestedExternalIp: externalIp }),
    lifetimeSeconds,
    mappingNonce: nonce,
    ...(pinholeId !== undefined && { pinholeId }),
  }
}

/** The record of a mapping. */
export function recordOf(
  { transport, internal }: LeaseGoal,
  gateway: string,
  { external, protocol, pinholeId }: Granted,
  nonce: Uint8Array = new Uint8Array(),
): SavedLease {
  return {
    gateway,
    transport,
    internal,
    protocol,
    ...(external.ip !== undefined && { externalIp: external.ip }),
    externalPort: external.port,
    mappingNonce: toHex(nonce),
    ...(pinholeId !== undefined && { pinholeId }),
  }
}

/**
 * The record of a mapping by UPnP that a slow gateway may have made without an answer yet. It is taken back when the answer
 * comes; this process may have ended before.
 */
export function unansweredRecord(goal: LeaseGoal, gateway: string, request: MappingRequest): SavedLease {
  const { suggestedExternalPort: port, lifetimeSeconds, mappingNonce } = request
  const granted = { type: 'granted', external: { port }, lifetimeSeconds, conflicts: [] } as const
  return recordOf(goal, gateway, { ...granted, protocol: 'upnp-igd1' }, mappingNonce)
}
