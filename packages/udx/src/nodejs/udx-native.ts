import type { Duplex } from 'node:stream'

/** A transport address in the form of udx-native. */
export interface NativeEndpoint {
  readonly host: string
  readonly port: number
}

/** The part of a socket of udx-native that is used here. */
export interface NativeSocket {
  bind(port: number, host: string): void
  address(): NativeEndpoint
  /** A datagram that the network refuses does not reject. */
  send(data: Uint8Array, port: number, host: string, ttl?: number): Promise<boolean>
  on(event: 'message', listener: (data: Buffer, from: NativeEndpoint) => void): this
  /** Waits for its streams to close. */
  close(): Promise<void>
}

/** A stream of udx-native, a Duplex of `streamx`. Only these members work as in `node:stream`. */
export interface NativeStream extends Pick<Duplex, 'write' | 'destroy' | 'destroyed' | 'on' | 'once'> {
  connect(socket: NativeSocket, remoteId: number, port: number, host: string): void
  /** True when all written bytes have been acknowledged, false when the stream ended before. */
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
