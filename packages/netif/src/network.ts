import type { Interface } from './interfaces/interface.ts'
import type { TcpDialer, TcpListener } from './tcp.ts'
import type { Family } from './ip/family.ts'
import type { TransportAddress } from './ip/transport-address.ts'
import type { UdpSocket } from './udp-socket.ts'

/** Where a socket is bound. */
export interface BindOptions {
  /** `0.0.0.0` and `::` mean every address of the family; port 0 lets the system choose. */
  readonly local: TransportAddress
  /** Leaves through this NIC whatever the routing table says. @default the routing table's choice */
  readonly interfaceName?: string
}

/** How a name is resolved. */
export interface ResolveOptions {
  /** Only addresses of this family. @default both */
  readonly family?: Family
  /** @default 5000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/**
 * The network of a host. The real one (`@p2pd/netif/node`) and the lab's virtual one
 * look the same to the code above.
 */
export interface Network extends TcpDialer {
  /**
   * Whether one local port serves several dials at once, and a listener beside them, as hole punching likes to have it.
   * @default true
   */
  readonly reusesTcpPorts?: boolean
  /** The NICs as they are now. */
  interfaces(): Promise<readonly Interface[]>
  /**
   * Binds a UDP socket. Rejects with `NETIF_ADDRESS_IN_USE`, `NETIF_ADDRESS_NOT_AVAILABLE`, `NETIF_INVALID_ARGUMENT`,
   * `NETIF_NOT_FOUND` for the NIC, `NETIF_PERMISSION` or `NETIF_SYSTEM`.
   */
  bindUdp(options: BindOptions): Promise<UdpSocket>
  /** Listens for TCP connections. Rejects with the codes of `bindUdp`. */
  listenTcp(options: BindOptions): Promise<TcpListener>
  /** Addresses of a host name in the resolver's order; a literal address is its own answer. */
  resolve(host: string, options?: ResolveOptions): Promise<readonly string[]>
}
