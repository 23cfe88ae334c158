import { type Clock, familyOf, toHex } from '@p2pd/netif'
import { askNatPmpAddress, mapWithNatPmp, releaseWithNatPmp } from '../nat-pmp/nat-pmp-client.ts'
import { mapWithPcp, releaseWithPcp } from '../pcp/pcp-client.ts'
import { PortmapError } from '../portmap-error.ts'
import { UpnpClient } from '../upnp/upnp-client.ts'
import type { MappingProtocol } from '../mapping.ts'
import {
  type GatewayAddress,
  type GatewayPolicy,
  type Granted,
  type MappingAnswer,
  type MappingRequest,
  type PortmapPorts,
  type Refused,
  tieOf,
} from './mapping-request.ts'
import { tellsOfClosedPorts } from './open-port.ts'
import { ServerPort } from './server-port.ts'

/** The three protocols towards one gateway. */
export class GatewayClient {
  readonly address: GatewayAddress
  readonly upnp: UpnpClient
  readonly #server: ServerPort
  readonly #ports: PortmapPorts
  readonly #clock: Clock
  readonly #over = new AbortController()
  readonly #pcpRefusals = new Map<string, { readonly refused: Refused; readonly until: number }>()

  constructor(ports: PortmapPorts, address: GatewayAddress, policy: GatewayPolicy) {
    this.address = address
    this.#ports = ports
    this.#clock = ports.clock
    this.#server = new ServerPort(ports, { ip: address.ip, port: policy.serverPort }, tieOf(address))
    this.upnp = new UpnpClient(ports, address, policy)
  }

  /** NAT-PMP knows IPv4 alone. RFC 6886 §1. */
  get hasNatPmp(): boolean {
    return familyOf(this.address.ip) === 'IPv4'
  }

  /** Aborts when nobody asks this gateway any more. */
  get untilClosed(): AbortSignal {
    return this.#over.signal
  }

  /** Ends what goes on beside the leases. */
  close(): void {
    this.#over.abort(new Error('the port mapper is closed'))
  }

  /** Resolves when the socket of the questions under way is open, and those that came before have been sent. */
  serverOpened(localIp: string): Promise<unknown> {
    return this.#server.opened(localIp)
  }

  /** A request that was refused is not sent again before the lifetime of the error is over. RFC 6887 §7.4, §8.5. */
  async mapWithPcp(request: MappingRequest, signal?: AbortSignal): Promise<MappingAnswer> {
    const key = toHex(request.mappingNonce)
    const earlier = this.#pcpRefusals.get(key)
    if (earlier !== undefined && this.#clock.now() < earlier.until) return earlier.refused
    const answer = await mapWithPcp(this.#server, request, signal)
    this.#pcpRefusals.delete(key)
    if (answer.type === 'refused' && answer.retryAfterSeconds !== undefined) {
      const until = this.#clock.now() + answer.retryAfterSeconds * 1000
      this.#pcpRefusals.set(key, { refused: answer, until })
    }
    return answer
  }

  /** The gateway, or the network, may be another now: refusals and what discovery found count no longer. */
  forget(): void {
    this.#pcpRefusals.clear()
    this.upnp.forget()
  }

  askNatPmpAddress(localIp: string, signal?: AbortSignal) {
    return askNatPmpAddress(this.#server, localIp, signal)
  }

  /** Whether it says by ICMP that a port is closed; a NIC other than the default one does not receive that. */
  async tellsOfClosedPorts(localIp: string, signal: AbortSignal): Promise<boolean> {
    if (tieOf(this.address).interfaceName !== undefined) return false
    return tellsOfClosedPorts(this.#ports, localIp, this.address.ip, signal)
  }

  mapWithNatPmp(
    request: MappingRequest,
    externalIp: string | undefined,
    signal?: AbortSignal,
  ): Promise<MappingAnswer> {
    return mapWithNatPmp(this.#server, request, externalIp, signal)
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

  /** Ends a mapping in the protocol that it was made in. Rejects with `PORTMAP_NOT_RELEASED`. */
  async release(request: MappingRequest, granted: Granted, signal?: AbortSignal): Promise<void> {
    if (granted.protocol === 'pcp') await this.#releaseWithPcp(request, signal)
    else if (granted.protocol === 'nat-pmp') {
      await releaseWithNatPmp(this.#server, request, signal)
    } else await this.upnp.release(request, granted, signal)
  }

  async #releaseWithPcp(request: MappingRequest, signal: AbortSignal | undefined): Promise<void> {
    const answer = await releaseWithPcp(this.#server, request, signal)
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
}
