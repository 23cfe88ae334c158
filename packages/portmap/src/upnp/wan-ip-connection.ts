import { isIpv4 } from '@p2pd/netif'
import type { HttpPorts } from '../http/http-exchange.ts'
import type { MappingTransport } from '../mapping.ts'
import { callAction, portOf } from './call-action.ts'
import type { WanService } from './device-description.ts'
import type { SoapArguments } from './soap.ts'

/** An entry of a gateway's table. WANIPConnection:2 §2.2. */
export interface PortMappingEntry {
  readonly internalClient: string
  readonly internalPort: number
  /** The seconds left of the lease; 0 when it does not end, or when the gateway does not say. */
  readonly leaseSeconds: number
}

/** The arguments of AddPortMapping. */
export interface PortMappingRequest {
  readonly transport: MappingTransport
  readonly externalPort: number
  readonly internalPort: number
  readonly internalClient: string
  /** 0 asks for a mapping that does not end. */
  readonly leaseSeconds: number
}

/** Short, ASCII letters, digits and blanks: gateways have been seen to fail with more. */
const DESCRIPTION = 'p2pd'

/** The actions of WANIPConnection and WANPPPConnection on one service. WANIPConnection:2 §2.5. */
export class WanIpConnection {
  readonly service: WanService
  readonly #ports: HttpPorts

  constructor(ports: HttpPorts, service: WanService) {
    this.#ports = ports
    this.service = service
  }

  /** Asks for the external port as it is. WANIPConnection:1 §2.4.16. */
  async addPortMapping(request: PortMappingRequest, signal?: AbortSignal): Promise<void> {
    await this.#call('AddPortMapping', mappingArguments(request), signal)
  }

  /** Asks for the external port or another; returns the one that it got. WANIPConnection:2 §2.5.22. */
  async addAnyPortMapping(request: PortMappingRequest, signal?: AbortSignal): Promise<number> {
    const result = await this.#call('AddAnyPortMapping', mappingArguments(request), signal)
    return portOf(result, 'NewReservedPort')
  }

  /** WANIPConnection:1 §2.4.15. */
  async getPortMapping(
    transport: MappingTransport,
    externalPort: number,
    signal?: AbortSignal,
  ): Promise<PortMappingEntry> {
    const result = await this.#call(
      'GetSpecificPortMappingEntry',
      keyArguments(transport, externalPort),
      signal,
    )
    const lease = Number(result.get('NewLeaseDuration') ?? 0)
    return {
      internalClient: result.get('NewInternalClient') ?? '',
      internalPort: portOf(result, 'NewInternalPort'),
      leaseSeconds: Number.isSafeInteger(lease) && lease > 0 ? lease : 0,
    }
  }

  /** WANIPConnection:1 §2.4.17. */
  async deletePortMapping(
    transport: MappingTransport,
    externalPort: number,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#call('DeletePortMapping', keyArguments(transport, externalPort), signal)
  }

  /** The external address; undefined when the gateway has none. WANIPConnection:1 §2.4.18. */
  async getExternalIp(signal?: AbortSignal): Promise<string | undefined> {
    const ip = (await this.#call('GetExternalIPAddress', [], signal)).get('NewExternalIPAddress') ?? ''
    return isIpv4(ip) && ip !== '0.0.0.0' ? ip : undefined
  }

  /** Whether the service says that it is connected. WANIPConnection:1 §2.4.4. */
  async isConnected(signal?: AbortSignal): Promise<boolean> {
    const status = (await this.#call('GetStatusInfo', [], signal)).get('NewConnectionStatus') ?? ''
    return status.toLowerCase() === 'connected'
  }

  #call(action: string, args: SoapArguments, signal: AbortSignal | undefined) {
    return callAction(this.#ports, this.service, action, args, signal === undefined ? {} : { signal })
  }
}

function keyArguments(transport: MappingTransport, externalPort: number): SoapArguments {
  return [
    ['NewRemoteHost', ''],
    ['NewExternalPort', externalPort],
    ['NewProtocol', transport.toUpperCase()],
  ]
}

function mappingArguments(request: PortMappingRequest): SoapArguments {
  return [
    ...keyArguments(request.transport, request.externalPort),
    ['NewInternalPort', request.internalPort],
    ['NewInternalClient', request.internalClient],
    ['NewEnabled', 1],
    ['NewPortMappingDescription', DESCRIPTION],
    ['NewLeaseDuration', request.leaseSeconds],
  ]
}
