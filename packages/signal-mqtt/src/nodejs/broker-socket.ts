import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { literalFamily, type Network, race, type TcpConnection } from '@p2pd/netif'
import { systemClock, systemNetwork } from '@p2pd/netif/node'
import { BROKER_TIMEOUT_MS } from '../brokers/connect-limit.ts'

/** Registered by IANA, `secure-mqtt` too. RFC 6455 §3 has those of WebSockets. */
const PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883, 'ws:': 80, 'wss:': 443 }
/** Schemes over TLS. */
const SECURE = ['mqtts:', 'wss:']

/** Less than a broker has for everything, so that a silent name server is named, and not the broker. */
const RESOLVE_TIMEOUT_MS = BROKER_TIMEOUT_MS - 500

/** How to reach brokers. */
export interface MqttOptions {
  /** Certificates (PEM) to trust for `mqtts:` and `wss:`. @default the ones Node trusts */
  readonly ca?: string
  /** Resolves names and dials. @default the machine's network */
  readonly network?: Pick<Network, 'resolve' | 'dial'>
  /**
   * Whether connecting ends when the broker has been dialled, so that the first requests travel along with CONNECT. A refusal
   * fails these requests, and ends the connection. MQTT 5.0 §3.1.4. @default false
   */
  readonly isEarly?: boolean
}

/** A connection to a broker on which nothing has been said yet; a TLS handshake may go on. */
export interface BrokerSocket {
  readonly socket: Socket
  /** Without the zone of a link-local address. */
  readonly localAddress: string
  /** The duration of TCP's handshake with the address that won, in milliseconds. */
  readonly roundTripMs: number
}

/**
 * Dials a broker: its addresses race, each 250 ms behind the one before, and none is given up before the signal aborts.
 * Node's own race gives each address 250 ms and no more, so a longer round trip would fail at every address. RFC 8305 §5.
 */
export async function dialBroker(
  url: string,
  { ca, network = systemNetwork }: MqttOptions,
  signal: AbortSignal,
): Promise<BrokerSocket> {
  const { protocol, hostname, port } = new URL(url)
  // Brackets of an IPv6 address belong to URLs only. RFC 3986 §3.2.2.
  const host = hostname.replace(/^\[|\]$/g, '')
  const ips = await network.resolve(host, { signal, timeoutMs: RESOLVE_TIMEOUT_MS })
  const attempts = ips.map((ip) => async (ending: AbortSignal) => {
    const startedAt = systemClock.now()
    const connection = await network.dial({
      remote: { ip, port: Number(port || PORTS[protocol]) },
      signal: ending,
    })
    return { connection, roundTripMs: systemClock.now() - startedAt }
  })
  const discard = ({ connection }: { connection: TcpConnection }) => void connection.stream.destroy()
  const { connection, roundTripMs } = await race(attempts, { clock: systemClock, signal, discard }).catch(
    (error: unknown) => {
      // The resolver puts the address first that suits this host best. RFC 6724 §6.
      throw error instanceof AggregateError ? error.errors[0] : error
    },
  )
  const servername = literalFamily(host) === undefined ? { servername: host } : {}
  const tcp = connection.stream as Socket
  // The first packets may fill more than one segment, and Nagle's algorithm would hold the last one for a round trip. RFC 9293 §3.7.4.
  tcp.setNoDelay(true)
  const socket = SECURE.includes(protocol)
    ? connectTls({ socket: tcp, host, ...servername, ...(ca && { ca }) })
    : tcp
  // `errored` keeps the error, and nobody else listens yet.
  socket.on('error', () => {})
  return { socket, localAddress: connection.local.ip.replace(/%.*$/, ''), roundTripMs }
}
