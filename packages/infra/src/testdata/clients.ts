import type { TcpConnection, TransportAddress } from '@p2pd/netif'
import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import { type BindingRequest, bindingRequest, getTcpMapping, type MappingPorts, parseStunUri, type TcpMapping } from '@p2pd/stun'

/** The machine's own network, clock and random numbers. */
export const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }

/** Long enough for a loaded machine. */
const TIMEOUT_MS = 20_000

/** The address in a `stun:` URI with a literal host. */
export function addressOf(uri: string | undefined): TransportAddress {
  const { host, port } = parseStunUri(uri ?? '')
  return { ip: host, port }
}

/** One Binding request over UDP from a socket of its own. */
export async function askUdp(
  server: TransportAddress,
  request: BindingRequest = {},
  otherAddress?: TransportAddress,
) {
  const socket = await ports.network.bindUdp({ local: { ip: server.ip, port: 0 } })
  try {
    const { clock, random } = ports
    const options = { server, socket, clock, random, request, timeoutMs: TIMEOUT_MS }
    return await bindingRequest({ ...options, ...(otherAddress && { otherAddress }) })
  } finally {
    socket.close()
  }
}

/** Runs with a connection to a STUN server that is closed afterwards. */
export async function withTcpMapping<T>(
  server: TransportAddress,
  run: (mapping: TcpMapping) => Promise<T>,
  network: MappingPorts['network'] = ports.network,
): Promise<T> {
  const mapping = await getTcpMapping({ ...ports, network }, { server, timeoutMs: TIMEOUT_MS })
  try {
    return await run(mapping)
  } finally {
    mapping.connection.stream.destroy()
  }
}

/** Resolves when the other side has ended or reset a connection. */
export function ended({ stream }: TcpConnection): Promise<void> {
  return new Promise((resolve) => {
    stream.once('end', resolve).once('close', resolve).on('error', () => {})
    stream.resume()
  })
}
