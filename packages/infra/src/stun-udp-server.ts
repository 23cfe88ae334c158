import { answer } from './stun-answer.ts'
import type { StunSockets } from './stun-sockets.ts'
import { formatTransportAddress, type TransportAddress, type UdpSocket } from '@p2pd/netif'
import { isTurnPacket, isTurnRequest } from './turn/is-turn-packet.ts'
import type { TurnClient } from './turn/turn-client.ts'
import type { TurnServer } from './turn/turn-server.ts'

/** Larger datagrams are ignored. This leaves room for PADDING past Ethernet's 1500 bytes. RFC 5780 §7.6. */
const MAX_DATAGRAM_BYTES = 2048

/** Serves STUN on UDP sockets; a response leaves by the one that the request names. RFC 5780 §6.1. */
export function serveUdp(
  all: readonly StunSockets[],
  allow: (ip: string) => boolean,
  turn: TurnServer | undefined,
): void {
  for (const { local, other, udp } of all) {
    udp.onMessage((data, source) => {
      if (turn && source.port !== 0 && isTurnPacket(data))
        return serveTurn(turn, { udp, local }, data, source, allow)
      // A response cannot be sent to port 0.
      if (source.port === 0 || data.length > MAX_DATAGRAM_BYTES || !allow(source.ip)) return
      const todo = answer(data, { transport: 'udp', source, local, other })
      if (todo?.type !== 'reply') return
      const { from } = todo
      const sender = all.find((sockets) => sockets.local.ip === from.ip && sockets.local.port === from.port)
      sender?.udp.send(todo.data, todo.to)
    })
  }
}

/** Data is bounded by the limit of its allocation; only requests count against the rate. */
function serveTurn(
  turn: TurnServer,
  { udp, local }: { readonly udp: UdpSocket; readonly local: TransportAddress },
  data: Uint8Array,
  source: TransportAddress,
  allow: (ip: string) => boolean,
): void {
  if (isTurnRequest(data) && !allow(source.ip)) return
  const client: TurnClient = {
    transport: 'udp',
    source,
    local,
    key: `${formatTransportAddress(source)} ${formatTransportAddress(local)}`,
    send: (packet) => udp.send(packet, source),
  }
  turn.receive(client, data)
}
