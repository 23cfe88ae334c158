import type { Clock, Network, RandomBytes, UdpSocket } from '@p2pd/netif'

/** The ports of the host: `@p2pd/netif/node`, or the virtual Internet of the lab. */
export interface PunchPorts {
  readonly network: Pick<Network, 'bindUdp' | 'dial' | 'listenTcp' | 'reusesTcpPorts'>
  readonly clock: Clock
  readonly random: RandomBytes
}

/** Options for carrying out a plan. */
export interface PunchOptions {
  /** 16 random bytes, the same on both sides: from the sealed offer. */
  readonly token: Uint8Array
  /** Leaves through this NIC. @default the routing table's choice */
  readonly interfaceName?: string
  readonly signal?: AbortSignal
}

/** Options for carrying out a UDP plan. */
export interface UdpPunchOptions extends PunchOptions {
  /**
   * Open sockets to be used instead of binding the plan's local addresses anew. They belong to the punch: the
   * losers are closed, all of them when it fails.
   */
  readonly sockets?: readonly UdpSocket[]
}
