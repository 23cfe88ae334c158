/**
 * Network programming from the NIC up: interfaces, their addresses, routes and changes. It also has the ports that
 * all p2pd packages are written against: `Network`, `UdpSocket`, `TcpDialer`, `TcpListener`, `Clock`, `RandomBytes`.
 * `@p2pd/netif/node` has the real ones.
 *
 * It asks no server: what the world sees of an address is found by STUN elsewhere and handed in as data.
 *
 * @example
 * ```ts
 * import { interfaceRoutes } from '@p2pd/netif'
 * import { loadInterfaces, systemNetwork } from '@p2pd/netif/node'
 *
 * const nic = (await loadInterfaces()).find(({ default: { IPv4 } }) => IPv4)
 * const [route] = nic ? interfaceRoutes(nic) : []
 * const ip = route?.nicAddresses[0] ?? '127.0.0.1'
 * const socket = await systemNetwork.bindUdp({ local: { ip, port: 0 } })
 * socket.send(new TextEncoder().encode('hello'), socket.local)
 * socket.onMessage(() => socket.close())
 * ```
 *
 * RFC 1918, 4007, 4193, 4291, 5952, 6598, 6890.
 *
 * @packageDocumentation
 */
export { equalBytes, fromHex, joinBytes, toHex } from './bytes.ts'
export { type Channel, drive, driveOver } from './drive.ts'
export type { Gateway, Interface, InterfaceAddress, InterfaceType, Scope } from './interfaces/interface.ts'
export { diffInterfaces, type InterfaceChange } from './interfaces/interface-change.ts'
export { isIpv4, isIpv6, isLiteral, literalFamily, splitZone } from './ip/ip-literal.ts'
export { canonicalIp } from './ip/ip-number.ts'
export { IpRange, parseIpRange } from './ip/ip-range.ts'
export { type AddressKind, isUnspecified, kindOf, scopeOf } from './ip/ip-scope.ts'
export type { Machine, Output } from './machine.ts'
export { NetifError, type NetifErrorCode } from './netif-error.ts'
export type { BindOptions, Network, ResolveOptions } from './network.ts'
export { leadsOut, sourceOnNic } from './interfaces/leads-out.ts'
export { publishable, publishedInterfaces } from './interfaces/publishable.ts'
export { type ExternalAddresses, groupRoutes, interfaceRoutes, type Route } from './routes/route.ts'
export { RoutePool } from './routes/route-pool.ts'
export { systemReason } from './system-reason.ts'
export { readExactly, readPrefix } from './streams/read-prefix.ts'
export type { ByteStream, DialOptions, TcpConnection, TcpDialer, TcpListener } from './tcp.ts'
export { type Family, familyOf } from './ip/family.ts'
export {
  checkPort,
  checkTransportAddress,
  formatTransportAddress,
  parseTransportAddress,
  sameTransportAddress,
  type TransportAddress,
} from './ip/transport-address.ts'
export { abortable } from './timing/abortable.ts'
export type { Clock, RandomBytes } from './timing/clock.ts'
export { type Deadline, withDeadline } from './timing/deadline.ts'
export { type Attempt, CONNECTION_ATTEMPT_DELAY_MS, race, type RaceOptions } from './timing/race.ts'
export { sleep } from './timing/sleep.ts'
export { within } from './timing/within.ts'
export type { UdpSocket } from './udp-socket.ts'
export { type InterfaceWatcher, type WatchOptions, watchInterfaces } from './interfaces/watch-interfaces.ts'
