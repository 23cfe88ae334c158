import { within } from '@p2pd/netif'
import type { PortmapPorts } from './mapping-request.ts'

/** Nothing listens there on a gateway; the discard service had it once. RFC 863. */
const UNUSED_PORT = 9
/** A gateway is one hop away. */
const ICMP_LIMIT_MS = 250

/**
 * Whether a gateway says by ICMP that nothing listens on an unused port. Where it does and keeps silent about another
 * port, a program listens there and is at work. A program that allows no port may search all of them.
 * RFC 1122 §4.1.3.1.
 */
export async function tellsOfClosedPorts(
  { connectUdp, clock }: Pick<PortmapPorts, 'connectUdp' | 'clock'>,
  localIp: string,
  gatewayIp: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (connectUdp === undefined) return false
  const remote = { ip: gatewayIp, port: UNUSED_PORT }
  const socket = await connectUdp({ local: { ip: localIp, port: 0 }, remote })
  try {
    const refused = new Promise<boolean>((resolve) => socket.onRefused(() => resolve(true)))
    socket.send(Uint8Array.of(0), remote)
    return (await within(clock, refused, ICMP_LIMIT_MS, signal)) ?? false
  } finally {
    socket.close()
  }
}
