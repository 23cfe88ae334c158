import { type ByteStream, type Clock, NetifError, type TcpDialer, type TransportAddress } from '@p2pd/netif'
import { ConnectBackOutcome } from '@p2pd/stun'

/** A SYN and its first retransmission, which comes after 1 s, find an open way in this time. RFC 6298 §2. */
export const CONNECT_BACK_MS = 1500

/** How long the client may take to end its side of a connection that told it all there is. */
const LINGER_MS = 2000

/** A connection to be tried: never to any other address than a request's own source. */
export interface ConnectBack {
  readonly fromIp: string
  readonly to: TransportAddress
  readonly greeting: Uint8Array
}

/** What dials, and what ends with the server. */
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
  const timeout = new AbortController()
  const cancel = clock.at(clock.now() + CONNECT_BACK_MS, () => timeout.abort())
  const signal = AbortSignal.any([context.signal, timeout.signal])
  try {
    const { stream } = await dialer.dial({ remote: to, local: { ip: fromIp, port: 0 }, signal })
    context.keep(stream)
    finish(stream, greeting, clock)
    return ConnectBackOutcome.Connected
  } catch (error) {
    return outcomeOf(error)
  } finally {
    cancel()
  }
}

/** A dial that failed: whatever the reason is, it is the client's to learn and no reason to end the server. */
function outcomeOf(error: unknown): ConnectBackOutcome {
  const code = error instanceof NetifError ? error.code : undefined
  const refused = code === 'NETIF_REFUSED' || code === 'NETIF_RESET'
  return refused ? ConnectBackOutcome.Refused : ConnectBackOutcome.NoAnswer
}

/** Sends the last bytes of a connection; it is gone when the client ends it, and soon at the latest. */
function finish(stream: ByteStream, greeting: Uint8Array, clock: Clock): void {
  const destroy = () => stream.destroy()
  const cancel = clock.at(clock.now() + LINGER_MS, destroy)
  stream.on('error', () => {}) // the client is free to reset it
  stream.on('close', cancel)
  stream.on('end', destroy)
  stream.resume()
  stream.end(greeting)
}
