import { familyOf } from '@p2pd/netif'
import type {
  GatewayAddress,
  GatewayPolicy,
  Granted,
  MappingAnswer,
  MappingRequest,
  PortmapPorts,
  Refused,
} from '../gateway/mapping-request.ts'
import { isPublic } from '../lease/judge-external.ts'
import { upnpCodeOf } from './call-action.ts'
import type { WanService } from './device-description.ts'
import { discoverIgd, type FoundIgd, httpPorts, servicesFor } from './discover-igd.ts'
import { Ipv6FirewallControl } from './ipv6-firewall-control.ts'
import { mapPinhole } from './map-pinhole.ts'
import { mapWithIgd } from './map-with-igd.ts'
import { UpnpErrorCode } from './upnp-error-code.ts'
import { WanIpConnection } from './wan-ip-connection.ts'

/** UPnP towards one gateway: keeps what discovery found until the gateway stops answering there. */
export class UpnpClient {
  readonly #ports: PortmapPorts
  readonly #gateway: GatewayAddress
  readonly #policy: GatewayPolicy
  #found: FoundIgd | undefined
  #service: WanService | undefined
  #hasAnsweredSearch = false

  constructor(ports: PortmapPorts, gateway: GatewayAddress, policy: GatewayPolicy) {
    this.#ports = ports
    this.#gateway = gateway
    this.#policy = policy
  }

  /** Whether the gateway has answered the last search. */
  get hasAnsweredSearch(): boolean {
    return this.#hasAnsweredSearch
  }

  /** Finds the gateway's services; at once when they are known. */
  async discover(localIp: string, signal?: AbortSignal): Promise<FoundIgd | Refused> {
    if (this.#found !== undefined) return this.#found
    this.#hasAnsweredSearch = false
    const onAnswer = () => (this.#hasAnsweredSearch = true)
    const options = { gateway: this.#gateway, localIp, policy: this.#policy, onAnswer }
    const found = await discoverIgd(this.#ports, { ...options, ...(signal !== undefined && { signal }) })
    if (found.type === 'found') this.#found = found
    return found
  }

  /** Asks for a mapping or pinhole, or prolongs it; what discovery found is forgotten when the gateway is not there. */
  async map(request: MappingRequest, signal?: AbortSignal): Promise<MappingAnswer> {
    const found = await this.discover(request.internal.ip, signal)
    if (found.type === 'refused') return found
    const answer = await this.#mapOn(found, request, signal)
    // Control URLs change with a reboot; a code shows that the gateway is where it was.
    if (answer.type === 'refused' && answer.gatewayCode === undefined) this.forget()
    return answer
  }

  /** Ends a mapping or pinhole; one that is gone already is not an error. */
  async release(request: MappingRequest, granted: Granted, signal?: AbortSignal): Promise<void> {
    const { internal, transport } = request
    const found = await this.discover(internal.ip, signal)
    if (found.type === 'refused') return
    const ports = httpPorts(this.#ports, this.#gateway, internal.ip)
    const service = await this.#choose(found, internal.ip, signal)
    try {
      if (granted.pinholeId !== undefined) {
        await new Ipv6FirewallControl(ports, service).deletePinhole(granted.pinholeId, signal)
      } else {
        const connection = new WanIpConnection(ports, service)
        const { port } = granted.external
        if (granted.isUncertain === true && !(await isOwn(connection, request, port, signal))) return
        await connection.deletePortMapping(transport, port, signal)
      }
    } catch (error) {
      const gone: readonly (number | undefined)[] = [
        UpnpErrorCode.NoSuchEntry,
        UpnpErrorCode.SpecifiedArrayIndexInvalid,
        UpnpErrorCode.NoSuchEntryInArray,
      ]
      if (!gone.includes(upnpCodeOf(error))) throw error
    }
  }

  /** Makes the next call discover anew. */
  forget(): void {
    this.#found = undefined
    this.#service = undefined
  }

  async #mapOn(
    found: FoundIgd,
    request: MappingRequest,
    signal: AbortSignal | undefined,
  ): Promise<MappingAnswer> {
    const { ip } = request.internal
    const ports = httpPorts(this.#ports, this.#gateway, ip)
    const service = await this.#choose(found, ip, signal)
    if (familyOf(ip) === 'IPv6') return mapPinhole(new Ipv6FirewallControl(ports, service), request, signal)
    const connection = new WanIpConnection(ports, service)
    const igd = { connection, gatewayVersion: found.description.version, random: this.#ports.random }
    const answer = await mapWithIgd(igd, request, signal)
    return answer.type === 'refused' ? explain(answer, connection, signal) : answer
  }

  /** The best of a gateway's connections: a connected one with a public address, else a connected one, else any. */
  async #choose(
    { description }: FoundIgd,
    localIp: string,
    signal: AbortSignal | undefined,
  ): Promise<WanService> {
    const services = servicesFor(this.#gateway.ip, description)
    if (services.length === 1 || familyOf(localIp) === 'IPv6') this.#service ??= services[0]
    if (this.#service !== undefined) return this.#service
    const ports = httpPorts(this.#ports, this.#gateway, localIp)
    const rated: { service: WanService; rank: number }[] = []
    // One after the other: gateways work on one question at a time.
    for (const service of services) {
      rated.push({ service, rank: await rankOf(new WanIpConnection(ports, service), signal) })
    }
    this.#service = rated.toSorted((a, b) => b.rank - a.rank)[0]?.service
    return this.#service as WanService
  }
}

/** Some gateways delete mappings for any host that asks. */
async function isOwn(
  connection: WanIpConnection,
  { transport, internal }: MappingRequest,
  externalPort: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { internalClient, internalPort } = await connection.getPortMapping(transport, externalPort, signal)
  return internalClient === internal.ip && internalPort === internal.port
}

async function rankOf(connection: WanIpConnection, signal: AbortSignal | undefined): Promise<number> {
  try {
    if (!(await connection.isConnected(signal))) return 0
    const ip = await connection.getExternalIp(signal)
    return ip !== undefined && isPublic(ip) ? 2 : 1
  } catch {
    // A service that does not answer comes last.
    signal?.throwIfAborted()
    return 0
  }
}

/** "Action failed" is what a gateway without a public address says as well: its address tells. */
async function explain(
  answer: Refused,
  connection: WanIpConnection,
  signal: AbortSignal | undefined,
): Promise<Refused> {
  if (answer.gatewayCode !== UpnpErrorCode.ActionFailed) return answer
  try {
    const ip = await connection.getExternalIp(signal)
    if (ip !== undefined && isPublic(ip)) return answer
    const address =
      ip === undefined ? 'no external address' : `the external address ${ip}, which is not public`
    return { ...answer, outcome: 'no-external-network', reason: `the gateway has ${address}` }
  } catch {
    // The first answer stands.
    return answer
  }
}
