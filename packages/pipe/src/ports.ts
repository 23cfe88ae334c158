import type { Clock, Network } from '@p2pd/netif'
import type { DatagramStream } from './datagrams/datagram-pipe.ts'
import type { SecureStream } from './streams/secure-stream.ts'

/** The ports of a stream pipe. */
export interface StreamPorts {
  readonly clock: Clock
  /** @default no TLS */
  readonly secure?: SecureStream
}

/** The ports of pipes: the machine's (`@p2pd/pipe/node` fills them in) or a virtual network's. */
export interface PipePorts extends StreamPorts {
  readonly network: Network
  /** @default datagram pipes have no `stream` */
  readonly datagramStream?: DatagramStream
}
