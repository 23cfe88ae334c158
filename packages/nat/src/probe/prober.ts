import type { Clock, Network, RandomBytes } from '@p2pd/netif'
import type { ProbeNews } from '../discovery/discovery.ts'
import type { Probe } from '../discovery/observation.ts'

/** What the host lends: `@p2pd/netif/node` in the real world, a virtual Internet in the lab. */
export interface NatPorts {
  readonly network: Pick<Network, 'bindUdp' | 'dial' | 'listenTcp' | 'resolve' | 'interfaces'>
  readonly clock: Clock
  readonly random: RandomBytes
}

/** The address and NIC that probes leave from. */
export interface ProbeSource {
  readonly ip: string
  /** Leaves through this NIC whatever the routing table says. @default the routing table's choice */
  readonly interfaceName?: string
}

/** Puts probes on the wire. */
export interface Prober {
  /** Launches a probe; `tell` is called with what becomes of it, at least once. */
  launch(probe: Probe, tell: (news: ProbeNews) => void): void
  /** Closes what a socket number stands for. */
  close(socket: number): void
  closeAll(): void
}

/** Bytes of a transaction id. RFC 8489 §5. */
export const TRANSACTION_ID_BYTES = 12
