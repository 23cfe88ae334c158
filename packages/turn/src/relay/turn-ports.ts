import type { Clock, Network, RandomBytes, TcpDialer } from '@p2pd/netif'
import type { CredentialSource, Credentials, TurnCrypto } from '../authentication/credentials.ts'
import type { RelayFamilies } from '../client/allocate-request.ts'

/** The parts of a host that a client uses: `turnPorts` of `@p2pd/turn/node`, or those of a virtual Internet. */
export interface TurnPorts {
  readonly network: Pick<Network, 'bindUdp' | 'dial' | 'resolve'>
  readonly clock: Clock
  readonly random: RandomBytes
  readonly crypto: TurnCrypto
  /** Wraps a dialer in TLS with a server of this name, for `turns:`. @default `turns:` servers cannot be reached */
  readonly secure?: (dialer: TcpDialer, serverName: string) => TcpDialer
}

/** The allocation to make. */
export interface AllocateOptions {
  /** A `turn:` or `turns:` URI. RFC 7065. */
  readonly server: string
  readonly credentials: Credentials | CredentialSource
  /** @default IPv4 */
  readonly families?: RelayFamilies
  /** Asked of the server, which decides. Renewed as long as the relay is open. @default 600 */
  readonly lifetimeSeconds?: number
  /** Until the allocation is made. @default 10000 */
  readonly timeoutMs?: number
  /** Leaves through this NIC. @default the routing table's choice */
  readonly interfaceName?: string
  /** Makes a lost allocation anew, at another relayed address. @default true */
  readonly reallocate?: boolean
  /** Ends the attempt to allocate; later it has no effect. */
  readonly signal?: AbortSignal
}

/** A change of a relay that is open. */
export type RelayChange =
  /** The server has lost the allocation: nothing is relayed until it is made anew. */
  | { readonly type: 'lost'; readonly reason: string }
  /** The allocation was made anew: peers must learn the new relayed address. */
  | { readonly type: 'reallocated' }
  /** The allocation cannot be made anew. The relay is closed. */
  | { readonly type: 'failed'; readonly reason: string }
  /** The server does not relay to this peer. Port 0 stands for the host. */
  | { readonly type: 'peer-refused'; readonly ip: string; readonly port: number; readonly reason: string }
