import type { Clock, Network, RandomBytes } from '@p2pd/netif'
import type { ProbeUpdate } from '../discovery/discovery.ts'
import type { Probe } from '../discovery/observation.ts'

/** The ports of the host: `@p2pd/netif/node`, or the virtual Internet of the lab. */
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

/** Sends probes. */
export interface Prober {
  /** Sends a probe; `onUpdate` is called at least once, with each change in its record. */
  launch(probe: Probe, onUpdate: (update: ProbeUpdate) => void): void
  /** Closes the socket, or the connections, of a socket number. */
  close(socket: number): void
  closeAll(): void
}

/** Bytes of a transaction id. RFC 8489 §5. */
export const TRANSACTION_ID_BYTES = 12
