import { familyOf } from '@p2pd/netif'
import {
  askNatPmpAddress,
  mapWithNatPmp,
  type NatPmpGateway,
  releaseWithNatPmp,
} from '../nat-pmp/nat-pmp-client.ts'
import { mapWithPcp, type PcpServer, releaseWithPcp } from '../pcp/pcp-client.ts'
import { PortmapError } from '../portmap-error.ts'
import { UpnpClient } from '../upnp/upnp-client.ts'
import type { MappingProtocol } from '../mapping.ts'
import type {
  GatewayAddress,
  GatewayPolicy,
  Granted,
  MappingAnswer,
  MappingRequest,
  PortmapPorts,
} from './mapping-request.ts'

/** The three protocols towards one gateway. */
export class GatewayClient {
  readonly address: GatewayAddress
  readonly upnp: UpnpClient
  readonly #ports: PortmapPorts
  readonly #policy: GatewayPolicy

  constructor(ports: PortmapPorts, address: GatewayAddress, policy: GatewayPolicy) {
    this.address = address
    this.#ports = ports
    this.#policy = policy
    this.upnp = new UpnpClient(ports, address, policy)
  }

  /** NAT-PMP knows IPv4 alone. RFC 6886 §1. */
  get hasNatPmp(): boolean {
    return familyOf(this.address.ip) === 'IPv4'
  }

  mapWithPcp(request: MappingRequest, signal?: AbortSignal): Promise<MappingAnswer> {
    return mapWithPcp(this.#ports, this.#pcpServer(), request, signal)
  }

  askNatPmpAddress(localIp: string, signal?: AbortSignal) {
    return askNatPmpAddress(this.#ports, this.#natPmpGateway(localIp), signal)
  }

  mapWithNatPmp(
    request: MappingRequest,
    externalIp: string | undefined,
    signal?: AbortSignal,
  ): Promise<MappingAnswer> {
    return mapWithNatPmp(this.#ports, this.#natPmpGateway(request.internal.ip), request, externalIp, signal)
  }

  /** Asks in one protocol alone, as a renewal does. */
  async mapBy(
    protocol: MappingProtocol,
    request: MappingRequest,
    signal?: AbortSignal,
  ): Promise<MappingAnswer> {
    if (protocol === 'pcp') return this.mapWithPcp(request, signal)
    if (protocol !== 'nat-pmp') return this.upnp.map(request, signal)
    const presence = await this.askNatPmpAddress(request.internal.ip, signal)
    return presence.type === 'refused' ? presence : this.mapWithNatPmp(request, presence.externalIp, signal)
  }

  /** Ends a mapping in the protocol that it was made in. */
  async release(request: MappingRequest, granted: Granted, signal?: AbortSignal): Promise<void> {
    if (granted.protocol === 'pcp') await this.#releaseWithPcp(request, signal)
    else if (granted.protocol === 'nat-pmp') {
      await releaseWithNatPmp(this.#ports, this.#natPmpGateway(request.internal.ip), request, signal)
    } else await this.upnp.release(request, granted, signal)
  }

  async #releaseWithPcp(request: MappingRequest, signal: AbortSignal | undefined): Promise<void> {
    const answer = await releaseWithPcp(this.#ports, this.#pcpServer(), request, signal)
    if (answer.type === 'granted') return
    if (familyOf(request.internal.ip) === 'IPv6' && answer.outcome === 'not-authorized') {
      return this.#releasePinhole(request, signal)
    }
    throw new PortmapError('PORTMAP_NOT_RELEASED', answer.reason, {
      ...(answer.gatewayCode !== undefined && { gatewayCode: answer.gatewayCode }),
    })
  }

  /**
   * miniupnpd 2.3.1 forgets the nonce of a renewed IPv6 mapping, and refuses to end it. It is one with a pinhole of
   * UPnP: asked for there it shows its id, by which it can be ended.
   */
  async #releasePinhole(request: MappingRequest, signal: AbortSignal | undefined): Promise<void> {
    const pinhole = await this.upnp.map({ ...request, lifetimeSeconds: 1 }, signal)
    if (pinhole.type === 'refused') throw new PortmapError('PORTMAP_NOT_RELEASED', pinhole.reason)
    await this.upnp.release(request, pinhole, signal)
  }

  #pcpServer(): PcpServer {
    const { ip, nic } = this.address
    return { ip, port: this.#policy.serverPort, interfaceName: nic.name }
  }

  #natPmpGateway(localIp: string): NatPmpGateway {
    return { ...this.#pcpServer(), localIp }
  }
}
