/** The part of `udx-native` that is used here; it brings no types. */
declare module 'udx-native' {
  import type { Duplex } from 'node:stream'

  interface Endpoint {
    readonly host: string
    readonly port: number
  }

  interface NativeSocket {
    bind(port: number, host: string): void
    address(): Endpoint
    /** Never throws for what the network refuses. */
    send(data: Uint8Array, port: number, host: string): Promise<boolean>
    on(event: 'message', listener: (data: Buffer, from: Endpoint) => void): this
    /** Waits for its streams to close. */
    close(): Promise<void>
  }

  /** A Duplex of `streamx`: of `node:stream`'s only the members below are alike. */
  interface NativeStream extends Pick<Duplex, 'write' | 'end' | 'destroy' | 'destroyed' | 'on' | 'once'> {
    connect(socket: NativeSocket, remoteId: number, port: number, host: string): void
    /** True when all that was written has been acknowledged, false when the stream ended before. */
    flush(): Promise<boolean>
    readonly packetsReceived: number
  }

  export default class UDX {
    createSocket(options: { readonly ipv6Only: boolean }): NativeSocket
    createStream(id: number): NativeStream
  }
}
