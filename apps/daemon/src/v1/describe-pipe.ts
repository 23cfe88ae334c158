import { formatTransportAddress } from '@p2pd/netif'
import type { HeldPipe } from '../pipes/held-pipe.ts'

/** A pipe as a resource. */
export function describePipe(held: HeldPipe) {
  const { name, direction, client, pipe, traffic, inbox } = held
  const { strategy, transport, local, remote, rttMs, encrypted, elapsedMs, report } = pipe.connection
  return {
    name,
    peer: pipe.peer,
    direction,
    service: pipe.service,
    ...(client !== undefined && { client }),
    strategy,
    transport,
    local: formatTransportAddress(local),
    remote: formatTransportAddress(remote),
    ...(rttMs !== undefined && { rttMs }),
    suspended: held.moves.isSuspended,
    encrypted,
    maxDatagramBytes: pipe.datagrams.maxBytes,
    elapsedMs,
    openedAt: new Date(held.openedAt).toISOString(),
    bytesSent: traffic.sent,
    bytesReceived: traffic.received,
    unread: inbox.unread,
    dropped: inbox.dropped,
    joined: held.isJoined,
    moves: held.moves.list(),
    report: [...report],
  }
}
