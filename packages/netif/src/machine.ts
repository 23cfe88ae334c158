import type { TransportAddress } from './ip/transport-address.ts'

/** What a protocol machine asks its driver to do. */
export type Output<Result> =
  | { readonly type: 'send'; readonly data: Uint8Array; readonly to: TransportAddress }
  | { readonly type: 'wake'; readonly at: number }
  | { readonly type: 'done'; readonly result: Result }
  | { readonly type: 'fail'; readonly error: Error }

/** A protocol without I/O: told of time and packets, it returns what is to be done. */
export interface Machine<Result> {
  wake(now: number): Output<Result>[]
  receive(packet: Uint8Array, from: TransportAddress, now: number): Output<Result>[]
}
