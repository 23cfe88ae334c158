import type { BindOptions, DialOptions, NetifErrorCode, ResolveOptions, TransportAddress } from '@p2pd/netif'

/** A call, which the agent answers with a result or a failure. A socket or connection that it makes has its id. */
export type Call =
  | { readonly method: 'interfaces' }
  | { readonly method: 'bindUdp'; readonly options: BindOptions }
  | { readonly method: 'listenTcp'; readonly options: BindOptions }
  | { readonly method: 'dial'; readonly options: Omit<DialOptions, 'signal'> }
  | { readonly method: 'resolve'; readonly host: string; readonly options: Omit<ResolveOptions, 'signal'> }
  | { readonly method: 'closeListener'; readonly listener: number }
  | { readonly method: 'write'; readonly stream: string; readonly data: Uint8Array }
  | { readonly method: 'end'; readonly stream: string }

/** A message from the lab to the agent on a host. */
export type ToAgent =
  | { readonly type: 'call'; readonly id: number; readonly call: Call }
  | { readonly type: 'abort'; readonly id: number }
  | {
      readonly type: 'send'
      readonly socket: number
      readonly data: Uint8Array
      readonly to: TransportAddress
      readonly ttl?: number
    }
  | { readonly type: 'close'; readonly socket: number }
  | { readonly type: 'read'; readonly stream: string }
  | { readonly type: 'destroy'; readonly stream: string }

/** An error in a message between the processes. */
export interface AgentFailure {
  readonly code?: NetifErrorCode
  readonly message: string
}

/** A connection and the name of its stream. */
export interface AgentConnection {
  readonly stream: string
  readonly local: TransportAddress
  readonly remote: TransportAddress
}

/** A message from the agent. A stream gives one chunk of data for each `read`. */
export type FromAgent =
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly failure: AgentFailure }
  | {
      readonly type: 'datagram'
      readonly socket: number
      readonly data: Uint8Array
      readonly from: TransportAddress
    }
  | { readonly type: 'accepted'; readonly listener: number; readonly connection: AgentConnection }
  | { readonly type: 'data'; readonly stream: string; readonly data: Uint8Array }
  | { readonly type: 'ended'; readonly stream: string }
  | { readonly type: 'closed'; readonly stream: string; readonly failure?: AgentFailure }
