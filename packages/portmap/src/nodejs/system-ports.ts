import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import type { PortmapPorts } from '../gateway/mapping-request.ts'
import { bindMulticast } from './bind-multicast.ts'
import { connectUdp } from './connect-udp.ts'

/** This machine's sockets, clock and random numbers, for `openPortMapper`. */
export const systemPorts: PortmapPorts = {
  network: systemNetwork,
  clock: systemClock,
  random: systemRandom,
  bindMulticast,
  connectUdp,
}
