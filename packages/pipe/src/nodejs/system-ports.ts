import { systemClock, systemNetwork } from '@p2pd/netif/node'
import type { PipePorts } from '../ports.ts'
import { datagramStream } from './datagram-stream.ts'
import { tlsStream } from './tls-stream.ts'

/** Pipes of this machine: its network, its clock, `node:tls`. */
export const systemPorts = {
  network: systemNetwork,
  clock: systemClock,
  secure: tlsStream,
  datagramStream,
} satisfies PipePorts
