import type { Clock, Network, RandomBytes, UdpSocket } from '@p2pd/netif'

/** What the host lends: `@p2pd/netif/node` in the real world, a virtual Internet in the lab. */
export interface PunchPorts {
  readonly network: Pick<Network, 'bindUdp' | 'dial' | 'listenTcp' | 'reusesTcpPorts'>
  readonly clock: Clock
  readonly random: RandomBytes
}

/** What a plan is carried out with. */
export interface PunchOptions {
  /** 16 random bytes, the same on both sides: from the sealed offer. */
  readonly token: Uint8Array
  /** Leaves through this NIC. @default the routing table's choice */
  readonly interfaceName?: string
  readonly signal?: AbortSignal
}

/** What a UDP plan is carried out with. */
export interface UdpPunchOptions extends PunchOptions {
  /**
   * Open sockets to be used instead of binding the plan's local addresses anew. They belong to the punch: the
   * losers are closed, all of them when it fails.
   */
  readonly sockets?: readonly UdpSocket[]
}
