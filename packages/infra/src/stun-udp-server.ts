import type { TransportAddress, UdpSocket } from '@p2pd/netif'
import { formatTransportAddress } from '@p2pd/netif'
import { type DtlsContext, DtlsServer } from './dtls/dtls-server.ts'
import { isDtls } from './dtls/dtls-record.ts'
import { answer } from './stun-answer.ts'
import type { StunSockets } from './stun-sockets.ts'
import { isTurnPacket, isTurnRequest } from './turn/is-turn-packet.ts'
import type { TurnClient } from './turn/turn-client.ts'
import type { TurnServer } from './turn/turn-server.ts'

/** Larger datagrams are ignored. This leaves room for PADDING past Ethernet's 1500 bytes. RFC 5780 §7.6. */
const MAX_DATAGRAM_BYTES = 2048

/** The parts that all UDP sockets of a server share. */
export interface StunUdpContext {
  /** Whether a source may make one more request. */
  allow(ip: string): boolean
  readonly turn: TurnServer | undefined
  /** Serves DTLS on the same ports as well. @default no DTLS */
  readonly dtls?: Pick<DtlsContext, 'crypto' | 'clock' | 'random'> | undefined
}

/**
 * Serves STUN on UDP sockets; a response leaves by the one that the request names. The result ends all associations of
 * DTLS. RFC 5780 §6.1.
 */
export function serveUdp(all: readonly StunSockets[], context: StunUdpContext): () => void {
  const dtls = context.dtls && newDtlsServer(context.dtls, context)
  for (const { local, other, udp } of all) {
    udp.onMessage((data, source) => {
      // A response cannot be sent to port 0.
      if (source.port === 0) return
      if (dtls && isDtls(data)) {
        const send = (datagram: Uint8Array) => udp.send(datagram, source)
        return dtls.receive(data, { source, local, send })
      }
      if (context.turn && isTurnPacket(data)) {
        return serveTurn(context.turn, udpClient(udp, local, source), data, context)
      }
      const todo = answerTo(data, { source, local, other }, context)
      if (todo === undefined) return
      const { from } = todo
      const sender = all.find((sockets) => sockets.local.ip === from.ip && sockets.local.port === from.port)
      sender?.udp.send(todo.data, todo.to)
    })
  }
  return () => dtls?.close()
}

/** STUN and TURN over DTLS. A response comes from the address of the association. RFC 7350 §3. */
function newDtlsServer(parts: NonNullable<StunUdpContext['dtls']>, context: StunUdpContext): DtlsServer {
  const { turn } = context
  return new DtlsServer({
    ...parts,
    allow: (ip) => context.allow(ip),
    opened: (peer) => {
      const { source, local, number } = peer
      const send = (packet: Uint8Array) => peer.send(packet)
      const client: TurnClient = { transport: 'udp', source, local, key: `DTLS ${number}`, send }
      return {
        receive: (packet) => {
          if (turn && isTurnPacket(packet)) return serveTurn(turn, client, packet, context)
          const todo = answerTo(packet, { source, local, other: undefined }, context)
          if (todo) send(todo.data)
        },
        ended: () => turn?.disconnected(client),
      }
    },
  })
}

interface Arrived {
  readonly source: TransportAddress
  readonly local: TransportAddress
  readonly other: TransportAddress | undefined
}

function answerTo(data: Uint8Array, arrived: Arrived, context: StunUdpContext) {
  if (data.length > MAX_DATAGRAM_BYTES || !context.allow(arrived.source.ip)) return undefined
  const todo = answer(data, { transport: 'udp', ...arrived })
  return todo?.type === 'reply' ? todo : undefined
}

/** Data is bounded by the limit of its allocation; only requests count against the rate. */
function serveTurn(turn: TurnServer, client: TurnClient, data: Uint8Array, context: StunUdpContext): void {
  if (isTurnRequest(data) && !context.allow(client.source.ip)) return
  turn.receive(client, data)
}

function udpClient(udp: UdpSocket, local: TransportAddress, source: TransportAddress): TurnClient {
  return {
    transport: 'udp',
    source,
    local,
    key: `${formatTransportAddress(source)} ${formatTransportAddress(local)}`,
    send: (packet) => udp.send(packet, source),
  }
}
