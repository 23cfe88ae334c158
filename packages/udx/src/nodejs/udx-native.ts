import type { Duplex } from 'node:stream'

/** Where a datagram goes or comes from, as udx-native has it. */
export interface NativeEndpoint {
  readonly host: string
  readonly port: number
}

/** A socket of udx-native: the part that is used here. */
export interface NativeSocket {
  bind(port: number, host: string): void
  address(): NativeEndpoint
  /** What the network refuses is no error. */
  send(data: Uint8Array, port: number, host: string, ttl?: number): Promise<boolean>
  on(event: 'message', listener: (data: Buffer, from: NativeEndpoint) => void): this
  /** Waits for its streams to close. */
  close(): Promise<void>
}

/** A stream of udx-native, a Duplex of `streamx`: of `node:stream`'s only these members are alike. */
export interface NativeStream extends Pick<Duplex, 'write' | 'destroy' | 'destroyed' | 'on' | 'once'> {
  connect(socket: NativeSocket, remoteId: number, port: number, host: string): void
  /** True when all that was written has been acknowledged, false when the stream ended before. */
  flush(): Promise<boolean>
  readonly packetsReceived: number
}

/** An instance of udx-native. */
export interface NativeUdx {
  createSocket(options: { readonly ipv6Only: boolean }): NativeSocket
  createStream(id: number): NativeStream
}

/** The module, which brings no types. */
export async function importNative(): Promise<new () => NativeUdx> {
  // @ts-expect-error: that
  const { default: Native } = await import('udx-native')
  return Native as new () => NativeUdx
}
