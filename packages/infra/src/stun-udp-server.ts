import { answer } from './stun-answer.ts'
import type { StunSockets } from './stun-sockets.ts'

/** Larger datagrams are ignored. This leaves room for PADDING past Ethernet's 1500 bytes. RFC 5780 §7.6. */
const MAX_DATAGRAM_BYTES = 2048

/** Serves STUN on UDP sockets; a response leaves by the one that the request names. RFC 5780 §6.1. */
export function serveUdp(all: readonly StunSockets[], allow: (ip: string) => boolean): void {
  for (const { local, other, udp } of all) {
    udp.onMessage((data, source) => {
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
