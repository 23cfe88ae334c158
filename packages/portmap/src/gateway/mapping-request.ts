import {
  type Clock,
  familyOf,
  type Interface,
  type Network,
  type RandomBytes,
  type TransportAddress,
  type UdpSocket,
} from '@p2pd/netif'
import type { Conflict, FailedAttempt, MappingProtocol, RefusalReason, MappingTransport } from '../mapping.ts'

/** The outside world, as this package needs it. */
export interface PortmapPorts {
  readonly network: Network
  readonly clock: Clock
  readonly random: RandomBytes
  /**
   * Binds a socket whose multicast leaves through the NIC of its address, as the one of `@p2pd/portmap/node` does.
   * @default `network.bindUdp`, which does so on Linux
   */
  readonly bindMulticast?: Network['bindUdp']
  /**
   * Opens a socket to one address that hears of a closed port, as the one of `@p2pd/portmap/node` does.
   * @default `network.bindUdp`, so that a closed port counts as silence
   */
  readonly connectUdp?: (options: ConnectOptions) => Promise<ConnectedUdpSocket>
}

/** The two ends of a UDP socket that is connected. */
export interface ConnectOptions {
  readonly local: TransportAddress
  readonly remote: TransportAddress
}

/** A UDP socket for one remote address. */
export interface ConnectedUdpSocket extends UdpSocket {
  /** Calls back when the remote host says that nothing listens there; returns what stops it. */
  onRefused(listener: () => void): () => void
}

/** Where gateways listen; only tests and examples with a gateway of their own change it. */
export interface GatewayPolicy {
  /** @default 5351, RFC 6887 §19.1 */
  readonly serverPort: number
  /** @default 5350, RFC 6887 §14.1.3 */
  readonly announcePort: number
  /** @default 1900 */
  readonly ssdpPort: number
  /** Whether a gateway at a loopback address may be asked. @default false */
  readonly allowLoopback: boolean
}

/** One question for a mapping. */
export interface MappingRequest {
  readonly transport: MappingTransport
  readonly internal: TransportAddress
  readonly suggestedExternalPort: number
  /** Of the last mapping, for a gateway that has several. */
  readonly suggestedExternalIp?: string
  readonly lifetimeSeconds: number
  readonly mappingNonce: Uint8Array
  /** The pinhole that this prolongs. */
  readonly pinholeId?: number
}

/** A gateway's yes. */
export interface Granted {
  readonly type: 'granted'
  readonly protocol: MappingProtocol
  readonly external: { readonly ip?: string; readonly port: number }
  /** As the gateway says; 0 means without end. */
  readonly lifetimeSeconds: number
  /** The gateway's own clock, when the protocol shows it. */
  readonly epochSeconds?: number
  readonly pinholeId?: number
  readonly conflicts: readonly Conflict[]
  /** It was granted to an earlier run, or perhaps to none: the port may be another host's by now. @default false */
  readonly isUncertain?: boolean
}

/** A gateway's no, or its silence. */
export interface Refused {
  readonly type: 'refused'
  readonly protocol: FailedAttempt['protocol']
  readonly outcome: RefusalReason
  readonly gatewayCode?: number
  readonly reason: string
  /** How long the gateway does not want to be asked again. RFC 6887 §7.4. */
  readonly retryAfterSeconds?: number
  readonly conflicts?: readonly Conflict[]
}

/** Either. */
export type MappingAnswer = Granted | Refused

/** A gateway of a NIC, with what the exchanges with it need. */
export interface GatewayAddress {
  /** As dialled: a link-local IPv6 address has its zone. */
  readonly ip: string
  readonly nic: Interface
  /** The NIC's other gateways of the family. */
  readonly others: readonly string[]
}

/**
 * The NIC that sockets towards a gateway are tied to. The default NIC needs no tie, which would cost a look at the
 * system's routes for each socket.
 */
export function tieOf({ ip, nic }: Pick<GatewayAddress, 'ip' | 'nic'>): { readonly interfaceName?: string } {
  return nic.default[familyOf(ip)] ? {} : { interfaceName: nic.name }
}
