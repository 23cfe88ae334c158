import type { Family, UdpSocket } from '@p2pd/netif'
import { sameHost } from '../exchange/datagram-exchange.ts'
import { decodeNatPmpResponse, NatPmpOpcode } from '../nat-pmp/nat-pmp-message.ts'
import { decodePcpResponse, PcpOpcode } from '../pcp/pcp-message.ts'
import type { Gateway } from './gateway.ts'
import type { GatewayPolicy, PortmapPorts } from './mapping-request.ts'

/** Where gateways send them: all hosts of the link, which every host listens to. RFC 6887 §14.1.3, RFC 6886 §3.2.1. */
const ANY = { IPv4: '0.0.0.0', IPv6: '::' } as const

/** Hears gateways announce that they have restarted, or that their external address is another. */
export class Announcements {
  readonly #ports: PortmapPorts
  readonly #policy: GatewayPolicy
  readonly #gateways: () => Iterable<Gateway>
  readonly #log: (event: string, fields: object) => void
  readonly #sockets = new Map<Family, Promise<UdpSocket | undefined>>()

  constructor(
    ports: PortmapPorts,
    policy: GatewayPolicy,
    gateways: () => Iterable<Gateway>,
    log: (event: string, fields: object) => void,
  ) {
    this.#ports = ports
    this.#policy = policy
    this.#gateways = gateways
    this.#log = log
  }

  /** Listens on a family's port; where another program has it, renewals alone show what announcements would. */
  listen(family: Family): void {
    if (!this.#sockets.has(family)) this.#sockets.set(family, this.#open(family))
  }

  async close(): Promise<void> {
    for (const socket of await Promise.all(this.#sockets.values())) socket?.close()
    this.#sockets.clear()
  }

  async #open(family: Family): Promise<UdpSocket | undefined> {
    try {
      const local = { ip: ANY[family], port: this.#policy.announcePort }
      const socket = await this.#ports.network.bindUdp({ local })
      socket.onMessage((packet, from) => this.#receive(packet, from.ip))
      return socket
    } catch (error) {
      this.#log('portmap.no-announcements', { family, error: String(error) })
      return undefined
    }
  }

  #receive(packet: Uint8Array, from: string): void {
    if (!isAnnouncement(packet)) return
    for (const gateway of this.#gateways()) if (sameHost(gateway.ip, from)) gateway.announced()
  }
}

/** Whether a packet is PCP's ANNOUNCE or NAT-PMP's external address. RFC 6887 §14.1, RFC 6886 §3.2.1. */
export function isAnnouncement(packet: Uint8Array): boolean {
  try {
    if (packet[0] === 0) return decodeNatPmpResponse(packet).opcode === NatPmpOpcode.ExternalAddress
    const { opcode, resultCode } = decodePcpResponse(packet)
    return opcode === PcpOpcode.Announce && resultCode === 0
  } catch {
    // Anyone on the link can send anything here.
    return false
  }
}
