/**
 * Network interfaces, and the ports the p2pd packages are written against.
 *
 * @packageDocumentation
 */
export type { Clock, RandomBytes } from './clock.ts'
export { drive } from './drive.ts'
export type { Gateway, Interface, InterfaceAddress, InterfaceType, Scope } from './interface.ts'
export type { Machine, Output } from './machine.ts'
export { NetifError, type NetifErrorCode } from './netif-error.ts'
export type { BindOptions, Network, ResolveOptions } from './network.ts'
export type { ByteStream, DialOptions, TcpConnection, TcpDialer, TcpListener } from './tcp.ts'
export {
  type Family,
  familyOf,
  formatTransportAddress,
  sameTransportAddress,
  type TransportAddress,
} from './transport-address.ts'
export type { UdpSocket } from './udp-socket.ts'
