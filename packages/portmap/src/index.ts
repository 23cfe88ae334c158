/**
 * Port mappings from the gateways in front of this host: PCP, NAT-PMP, UPnP IGD:1 and IGD:2. By PCP and UPnP also
 * openings in IPv6 firewalls. One call does all of it.
 *
 * A lease is asked for in every protocol at once and renewed. It is asked for anew when the gateway has lost it, and
 * released when it is closed. This package deliberately does not ask STUN servers and publishes nothing. The address
 * that STUN saw is handed in, and a mapping says whether others may be given it.
 *
 * @example
 * ```ts
 * import { openPortMapper } from '@p2pd/portmap'
 * import { systemPorts } from '@p2pd/portmap/node'
 *
 * const mapper = await openPortMapper(systemPorts)
 * const [nic] = (await systemPorts.network.interfaces()).filter(({ default: { IPv4 } }) => IPv4)
 * if (nic !== undefined) {
 *   const lease = await mapper.mapPort({ port: 4000, protocol: 'tcp', interface: nic })
 *   console.log(lease.state)
 * }
 * await mapper.close()
 * ```
 *
 * RFC 6887 (PCP), RFC 6886 (NAT-PMP), UPnP WANIPConnection:1 and :2, WANPPPConnection:1, WANIPv6FirewallControl:1.
 *
 * @packageDocumentation
 */
export type {
  ConnectedUdpSocket,
  ConnectOptions,
  GatewayPolicy,
  PortmapPorts,
} from './gateway/mapping-request.ts'
export { isPublic, judgeExternal } from './lease/judge-external.ts'
export type { LeaseStore, SavedLease } from './lease/lease-store.ts'
export { mappableAddresses } from './lease/mappable-addresses.ts'
export type { Lease, LeaseState, PortRequest, UnmappedReason } from './lease.ts'
export type {
  Conflict,
  Doubt,
  FailedAttempt,
  Mapping,
  MappingProtocol,
  RefusalReason,
  MappingTransport,
} from './mapping.ts'
export { openPortMapper, type PortMapper, type PortMapperOptions } from './port-mapper.ts'
export { PortmapError, type PortmapErrorCode, type PortmapErrorOptions } from './portmap-error.ts'
