import type { TransportAddress } from '@p2pd/netif'
import type { Message } from '@p2pd/stun'
import type { TurnError } from '../turn-error.ts'
import type { Allocated } from './allocate-request.ts'

/** Actions that an allocation asks its driver for, and its reports. */
export type AllocationOutput =
  | { readonly type: 'send'; readonly data: Uint8Array }
  /** Call `wake` at this time; it replaces the time given before. */
  | { readonly type: 'wake'; readonly at: number }
  | { readonly type: 'allocated'; readonly allocated: Allocated }
  /** The server names another one, and makes no allocation; `ended` follows. RFC 8489 §10. */
  | { readonly type: 'redirected'; readonly response: Message }
  | { readonly type: 'data'; readonly data: Uint8Array; readonly from: TransportAddress }
  | { readonly type: 'permitted'; readonly ip: string }
  /** The server does not relay to the peer, whose port is 0 when a permission was refused. */
  | { readonly type: 'peer-refused'; readonly peer: TransportAddress; readonly error: TurnError }
  /** A peer has connected to the relayed address. RFC 6062 §4.4. */
  | { readonly type: 'connection-attempt'; readonly id: Uint8Array; readonly peer: TransportAddress }
  /** The server has connected to a peer on request. RFC 6062 §4.3. */
  | { readonly type: 'connected'; readonly id: Uint8Array; readonly peer: TransportAddress }
  | { readonly type: 'connect-failed'; readonly peer: TransportAddress; readonly error: TurnError }
  /** The allocation is there, and the nonce is fresh. */
  | { readonly type: 'refreshed' }
  /** The last output. Without an error the user has closed it. */
  | { readonly type: 'ended'; readonly error?: TurnError }
