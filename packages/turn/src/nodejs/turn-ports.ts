import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import { tlsDialer } from '@p2pd/stun/node'
import type { TurnPorts } from '../relay/turn-ports.ts'
import { turnCrypto } from './turn-crypto.ts'

/** The machine's own network and clock. TLS servers are checked by their name, against the authorities that Node trusts. */
export const turnPorts: TurnPorts = {
  network: systemNetwork,
  clock: systemClock,
  random: systemRandom,
  crypto: turnCrypto,
  secure: (dialer, serverName) => tlsDialer(dialer, { serverName }),
}
