import { drive, type TransportAddress } from '@p2pd/netif'
import { type AcceptAnswer, DatagramExchange } from '../exchange/datagram-exchange.ts'
import type { PortmapPorts } from './mapping-request.ts'

/** A question to a gateway's UDP port, from the internal address that it is about. */
export interface UdpQuestion<Answer> {
  readonly localIp: string
  readonly interfaceName: string
  readonly server: TransportAddress
  readonly packet: Uint8Array
  readonly accept: AcceptAnswer<Answer>
}

/** Asks until there is an answer; undefined after silence. Each question has a socket of its own. */
export async function askOverUdp<Answer>(
  { network, clock }: PortmapPorts,
  { localIp, interfaceName, server, packet, accept }: UdpQuestion<Answer>,
  signal?: AbortSignal,
): Promise<Answer | undefined> {
  const socket = await network.bindUdp({ local: { ip: localIp, port: 0 }, interfaceName })
  try {
    return await drive(new DatagramExchange(packet, server, accept), socket, clock, signal)
  } finally {
    socket.close()
  }
}
