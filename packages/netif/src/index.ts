/**
 * Network interfaces, and the ports the p2pd packages are written against.
 *
 * @packageDocumentation
 */
export type { Clock, RandomBytes } from './clock.ts'
export { drive } from './drive.ts'
export type { Gateway, Interface, InterfaceAddress, InterfaceType, Scope } from './interface.ts'
export { isIpv4, isIpv6, isLiteral, literalFamily, splitZone } from './ip-literal.ts'
export type { Machine, Output } from './machine.ts'
export { NetifError, type NetifErrorCode } from './netif-error.ts'
export type { BindOptions, Network, ResolveOptions } from './network.ts'
export type { ByteStream, DialOptions, TcpConnection, TcpDialer, TcpListener } from './tcp.ts'
export {
  checkPort,
  checkTransportAddress,
  type Family,
  familyOf,
  formatTransportAddress,
  parseTransportAddress,
  sameTransportAddress,
  type TransportAddress,
} from './transport-address.ts'
export type { UdpSocket } from './udp-socket.ts'
