import type { TransportAddress, UdpSocket } from '@p2pd/netif'
import type { PunchPlan } from '../plan/plan.ts'
import type { PunchPorts, UdpPunchOptions } from '../plan/ports.ts'
import { PunchError } from '../punch-error.ts'

/** Opens the sockets of a plan: handed over, or bound. When one cannot be bound, closes all and throws `PUNCH_NO_SOCKET`. */
export async function bindSockets(
  { sockets }: PunchPlan,
  { network }: PunchPorts,
  { sockets: given = [], interfaceName }: UdpPunchOptions,
): Promise<UdpSocket[]> {
  const bind = (local: TransportAddress) =>
    given.find((socket) => isAt(socket, local)) ??
    network.bindUdp({ local, ...(interfaceName !== undefined && { interfaceName }) })
  const bound = await Promise.allSettled(sockets.map(async (local) => bind(local)))
  const open = bound.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  for (const socket of given) if (!open.includes(socket)) socket.close()
  const failure = bound.find((result) => result.status === 'rejected')
  if (failure === undefined) return open
  for (const socket of open) socket.close()
  const { message } = failure.reason as Error
  throw new PunchError('PUNCH_NO_SOCKET', `no socket to punch from: ${message}`, { cause: failure.reason })
}

/** By port: a socket may be bound to every address. */
function isAt(socket: UdpSocket, local: TransportAddress): boolean {
  return local.port !== 0 && socket.local.port === local.port
}
