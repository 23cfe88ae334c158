import type { TransportAddress } from './ip/transport-address.ts'

/** An action that a protocol machine asks its driver for. */
export type Output<Result> =
  | { readonly type: 'send'; readonly data: Uint8Array; readonly to: TransportAddress }
  | { readonly type: 'wake'; readonly at: number }
  | { readonly type: 'done'; readonly result: Result }
  | { readonly type: 'fail'; readonly error: Error }

/** A protocol without I/O: it takes the time and packets, and returns the actions for its driver. */
export interface Machine<Result> {
  wake(now: number): Output<Result>[]
  receive(packet: Uint8Array, from: TransportAddress, now: number): Output<Result>[]
}
