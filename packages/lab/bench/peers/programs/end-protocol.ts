/** The servers of the lab, and the amount of work. */
export interface EndSettings {
  /** Address of the STUN and TURN server, port 3478. */
  readonly turnIp: string
  /** Its IPv6 address: a name of it would have both. */
  readonly turnIpv6: string
  readonly turnUser: string
  readonly turnPassword: string
  /** URL of the MQTT broker. */
  readonly broker: string
  /** `host:port` of nodes of the DHT. */
  readonly bootstrap: readonly string[]
  /** Public key of hyperdht's relay, in hexadecimal digits. */
  readonly blindRelay: string
  /** Multiaddress of the circuit relay. */
  readonly circuitRelay: string
  /** Address and port of the server that passes descriptions from one peer to the other. */
  readonly signalling: { readonly host: string; readonly port: number }
  /** Bytes to send after the greeting, and the time after which the rest does not count. */
  readonly bytes: number
  readonly bulkMs: number
  /** How long a started caller waits before it calls. */
  readonly idleMs: number
  /** The callee, for a caller. */
  readonly target?: string
}

/** The greeting has come back. */
export interface EchoedLine {
  readonly event: 'echoed'
  /** From the loaded modules to a started node. */
  readonly startMs: number
  /** From there to the echo. */
  readonly callMs: number
  /** Processor time of the process by then, the import included. */
  readonly cpuMs: number
  /** Resident memory. */
  readonly rss: number
}

/** A line that an end prints. */
export type EndLine =
  | { readonly event: 'imported'; readonly ms: number }
  | { readonly event: 'listening'; readonly target: string }
  | EchoedLine
  | { readonly event: 'sending' }
  | { readonly event: 'received'; readonly bytes: number; readonly ms: number; readonly rss: number }
  | { readonly event: 'failed'; readonly reason: string }
