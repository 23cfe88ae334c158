import {
  type ByteStream,
  type Clock,
  NetifError,
  type TcpDialer,
  type TransportAddress,
  withDeadline,
} from '@p2pd/netif'
import { ConnectBackOutcome } from '@p2pd/stun'

/** A SYN and its first retransmission, which comes after 1 s, find an open way in this time. RFC 6298 §2. */
export const CONNECT_BACK_MS = 1500

/** The time that the client has to end its side after the greeting. */
const LINGER_MS = 2000

/** A connection to be tried: always to the source of a request. */
export interface ConnectBack {
  readonly fromIp: string
  readonly to: TransportAddress
  readonly greeting: Uint8Array
}

/** The dialer, and the state that ends with the server. */
export interface ConnectBackContext {
  readonly dialer: TcpDialer
  readonly clock: Clock
  /** Ends an attempt. */
  readonly signal: AbortSignal
  /** Takes a connection that opened, to destroy it with the server. */
  keep(stream: ByteStream): void
}

/** Dials a client back, sends it the greeting and ends the connection. See `connect-back.ts` of `@p2pd/stun`. */
export async function connectBack(
  context: ConnectBackContext,
  { fromIp, to, greeting }: ConnectBack,
): Promise<ConnectBackOutcome> {
  const { dialer, clock } = context
  const deadline = { clock, timeoutMs: CONNECT_BACK_MS, signal: context.signal }
  const local = { ip: fromIp, port: 0 }
  try {
    const { stream } = await withDeadline(deadline, (signal) => dialer.dial({ remote: to, local, signal }))
    context.keep(stream)
    finish(stream, greeting, clock)
    return ConnectBackOutcome.Connected
  } catch (error) {
    return outcomeOf(error)
  }
}

/** The outcome of a dial that failed. The client learns it; the server goes on. */
function outcomeOf(error: unknown): ConnectBackOutcome {
  const code = error instanceof NetifError ? error.code : undefined
  const refused = code === 'NETIF_REFUSED' || code === 'NETIF_RESET'
  return refused ? ConnectBackOutcome.Refused : ConnectBackOutcome.NoAnswer
}

/** Sends the last bytes of a connection, which closes when the client ends it, or after `LINGER_MS`. */
function finish(stream: ByteStream, greeting: Uint8Array, clock: Clock): void {
  const destroy = () => stream.destroy()
  const cancel = clock.at(clock.now() + LINGER_MS, destroy)
  stream.on('error', () => {}) // the client is free to reset it
  stream.on('close', cancel)
  stream.on('end', destroy)
  stream.resume()
  stream.end(greeting)
}
