import { splitZone } from '@p2pd/netif'
import type { HttpPorts } from '../http/http-exchange.ts'
import type { MappingTransport } from '../mapping.ts'
import { PROTOCOL_NUMBER } from '../pcp/pcp-message.ts'
import { PortmapError } from '../portmap-error.ts'
import { callAction } from './call-action.ts'
import type { WanService } from './device-description.ts'
import type { SoapArguments } from './soap.ts'

/** An opening in a gateway's IPv6 firewall. The request must come from the very address to be opened. */
export interface PinholeRequest {
  readonly transport: MappingTransport
  readonly internalClient: string
  readonly internalPort: number
  /** 1 to 86,400; a gateway has been seen to refuse others with 402. */
  readonly leaseSeconds: number
}

/** The actions of a WANIPv6FirewallControl service. WANIPv6FirewallControl:1 §2.5. */
export class Ipv6FirewallControl {
  readonly service: WanService
  readonly #ports: HttpPorts

  constructor(ports: HttpPorts, service: WanService) {
    this.#ports = ports
    this.service = service
  }

  /** Whether pinholes are needed, and whether hosts may open them. WANIPv6FirewallControl:1 §2.5.1. */
  async getFirewallStatus(signal?: AbortSignal): Promise<{ enabled: boolean; pinholeAllowed: boolean }> {
    const result = await this.#call('GetFirewallStatus', [], signal)
    return {
      enabled: isTrue(result.get('FirewallEnabled')),
      pinholeAllowed: isTrue(result.get('InboundPinholeAllowed')),
    }
  }

  /** Opens it for every remote host; asked again, it is prolonged under the same id. WANIPv6FirewallControl:1 §2.5.3. */
  async addPinhole(request: PinholeRequest, signal?: AbortSignal): Promise<number> {
    const args: SoapArguments = [
      ['RemoteHost', ''],
      ['RemotePort', 0],
      ['InternalClient', splitZone(request.internalClient).ip],
      ['InternalPort', request.internalPort],
      ['Protocol', PROTOCOL_NUMBER[request.transport]],
      ['LeaseTime', request.leaseSeconds],
    ]
    const id = (await this.#call('AddPinhole', args, signal)).get('UniqueID') ?? ''
    if (/^\d{1,10}$/.test(id)) return Number(id)
    throw new PortmapError(
      'PORTMAP_MALFORMED',
      `UniqueID is not a number: ${JSON.stringify(id.slice(0, 40))}`,
    )
  }

  /** WANIPv6FirewallControl:1 §2.5.4. */
  async updatePinhole(uniqueId: number, leaseSeconds: number, signal?: AbortSignal): Promise<void> {
    await this.#call(
      'UpdatePinhole',
      [
        ['UniqueID', uniqueId],
        ['NewLeaseTime', leaseSeconds],
      ],
      signal,
    )
  }

  /** WANIPv6FirewallControl:1 §2.5.5. */
  async deletePinhole(uniqueId: number, signal?: AbortSignal): Promise<void> {
    await this.#call('DeletePinhole', [['UniqueID', uniqueId]], signal)
  }

  #call(action: string, args: SoapArguments, signal: AbortSignal | undefined) {
    return callAction(this.#ports, this.service, action, args, signal === undefined ? {} : { signal })
  }
}

function isTrue(text: string | undefined): boolean {
  return text === '1' || text?.toLowerCase() === 'true' || text?.toLowerCase() === 'yes'
}
