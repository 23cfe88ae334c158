import {
  type Clock,
  drive,
  type RandomBytes,
  type TcpConnection,
  type TransportAddress,
  type UdpSocket,
} from '@p2pd/netif'
import {
  type BindingRequest,
  type BindingResponse,
  decodeBindingResponse,
  encodeBindingRequest,
  sameSource,
} from './binding.ts'
import { driveStream } from './drive-stream.ts'
import { canonicalIpAddress } from '../attributes/ip-address.ts'
import { TcpTransaction } from './tcp-transaction.ts'
import { Transaction } from './transaction.ts'

/** Bytes of a transaction id. RFC 8489 §5. */
const TRANSACTION_ID_BYTES = 12

/** Options of both kinds of Binding request. */
export interface RequestOptions {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly signal?: AbortSignal
  /** @default 39500, the time RFC 8489 §6.2 gives a transaction */
  readonly timeoutMs?: number
  /** Requests beside the mapping. @default nothing */
  readonly request?: BindingRequest
}

/** A Binding request over UDP. */
export interface BindingRequestOptions extends RequestOptions {
  readonly server: TransportAddress
  readonly socket: UdpSocket
  /**
   * The server's other address: with CHANGE-REQUEST a response may come from its ip, its port or
   * both. @default only the server itself may answer
   */
  readonly otherAddress?: TransportAddress
}

/** Sources of a response: with CHANGE-REQUEST each combination of the server's two addresses and ports. RFC 5780 §6.1. */
function sources({ server, otherAddress: other }: BindingRequestOptions): TransportAddress[] {
  if (other === undefined) return [server]
  return [server.ip, other.ip].flatMap((ip) => [server.port, other.port].map((port) => ({ ip, port })))
}

/**
 * Asks a server over UDP for the mapping of a socket, which stays open and may carry other requests at once.
 *
 * The response must carry the transaction id of the request and come from the server. Throws `STUN_TIMEOUT`,
 * `STUN_ERROR_RESPONSE`, `STUN_MALFORMED`, `STUN_INVALID_ARGUMENT` or the reason of `signal`. RFC 8489 §6.2.1.
 */
export function bindingRequest(options: BindingRequestOptions): Promise<BindingResponse> {
  const { server, socket, clock, random, signal, timeoutMs, request } = options
  const allowed = sources(options).map(({ ip, port }) => ({ ip: canonicalIpAddress(ip), port }))
  const transactionId = random(TRANSACTION_ID_BYTES)
  const accept = (packet: Uint8Array, from: TransportAddress) =>
    allowed.some((source) => sameSource(source, from))
      ? decodeBindingResponse(packet, transactionId, from)
      : undefined
  const encoded = encodeBindingRequest(transactionId, request)
  const transaction = new Transaction(encoded, server, accept, timeoutMs === undefined ? {} : { timeoutMs })
  return drive(transaction, socket, clock, signal)
}

/** A Binding request over TCP, or over TLS on such a connection. */
export interface TcpBindingRequestOptions extends RequestOptions {
  readonly connection: TcpConnection
}

/**
 * Asks a server over an open connection for its mapping. The connection stays open. Throws `STUN_TIMEOUT`,
 * `STUN_ERROR_RESPONSE`, `STUN_MALFORMED`, `STUN_CLOSED` or the reason of `signal`. RFC 8489 §6.2.2.
 */
export function tcpBindingRequest(options: TcpBindingRequestOptions): Promise<BindingResponse> {
  const { connection, clock, random, signal, timeoutMs, request } = options
  const transactionId = random(TRANSACTION_ID_BYTES)
  const accept = (packet: Uint8Array, from: TransportAddress) =>
    decodeBindingResponse(packet, transactionId, from)
  const encoded = encodeBindingRequest(transactionId, request)
  return driveStream(
    new TcpTransaction(encoded, connection.remote, accept, timeoutMs),
    connection,
    clock,
    signal,
  )
}
