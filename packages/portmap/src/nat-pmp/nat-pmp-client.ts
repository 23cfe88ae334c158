import { askOverUdp } from '../gateway/ask-over-udp.ts'
import type { MappingAnswer, MappingRequest, PortmapPorts, Refused } from '../gateway/mapping-request.ts'
import type { RefusalReason } from '../mapping.ts'
import { PortmapError } from '../portmap-error.ts'
import {
  decodeNatPmpResponse,
  encodeNatPmpAddressRequest,
  encodeNatPmpMapRequest,
  MAP_OPCODE,
  NatPmpOpcode,
  type NatPmpResponse,
} from './nat-pmp-message.ts'
import { describeNatPmpResult, NatPmpResultCode } from './nat-pmp-result-code.ts'

/** A gateway, and from where it is asked. */
export interface NatPmpGateway {
  readonly ip: string
  readonly port: number
  readonly localIp: string
  readonly interfaceName: string
}

/** A gateway that speaks NAT-PMP. */
export interface NatPmpPresence {
  readonly type: 'present'
  /** Undefined when it says 0.0.0.0. */
  readonly externalIp?: string
  readonly epochSeconds: number
}

const OUTCOMES: Readonly<Record<number, RefusalReason>> = {
  [NatPmpResultCode.UnsupportedVersion]: 'unsupported',
  [NatPmpResultCode.NotAuthorized]: 'not-authorized',
  [NatPmpResultCode.NetworkFailure]: 'no-external-network',
  [NatPmpResultCode.OutOfResources]: 'no-resources',
  [NatPmpResultCode.UnsupportedOpcode]: 'unsupported',
}

/** Asks for the external address, which also shows whether the gateway speaks NAT-PMP. RFC 6886 §3.2. */
export async function askNatPmpAddress(
  ports: PortmapPorts,
  gateway: NatPmpGateway,
  signal?: AbortSignal,
): Promise<NatPmpPresence | Refused> {
  const response = await ask(
    ports,
    gateway,
    encodeNatPmpAddressRequest(),
    ({ opcode }) => {
      return opcode === NatPmpOpcode.ExternalAddress
    },
    signal,
  )
  if (response?.externalIp === undefined) return refusal(response)
  const { externalIp, epochSeconds } = response
  return { type: 'present', epochSeconds, ...(externalIp !== '0.0.0.0' && { externalIp }) }
}

/** Asks for a mapping, or prolongs it. RFC 6886 §3.3. */
export async function mapWithNatPmp(
  ports: PortmapPorts,
  gateway: NatPmpGateway,
  request: MappingRequest,
  externalIp: string | undefined,
  signal?: AbortSignal,
): Promise<MappingAnswer> {
  const response = await askForMapping(ports, gateway, request, signal)
  const map = response?.map
  if (response === undefined || map === undefined) return refusal(response)
  if (map.lifetimeSeconds === 0 || map.assignedExternalPort === 0) {
    return { type: 'refused', protocol: 'nat-pmp', outcome: 'failed', reason: 'the gateway granted nothing' }
  }
  return {
    type: 'granted',
    protocol: 'nat-pmp',
    external: { ...(externalIp !== undefined && { ip: externalIp }), port: map.assignedExternalPort },
    lifetimeSeconds: map.lifetimeSeconds,
    epochSeconds: response.epochSeconds,
    conflicts: [],
  }
}

/** Ends a mapping. RFC 6886 §3.4. */
export async function releaseWithNatPmp(
  ports: PortmapPorts,
  gateway: NatPmpGateway,
  request: MappingRequest,
  signal?: AbortSignal,
): Promise<void> {
  const none = { ...request, suggestedExternalPort: 0, lifetimeSeconds: 0 }
  const response = await askForMapping(ports, gateway, none, signal)
  if (response?.resultCode === NatPmpResultCode.Success) return
  const { reason, gatewayCode } = refusal(response)
  throw new PortmapError('PORTMAP_NOT_RELEASED', reason, {
    ...(gatewayCode !== undefined && { gatewayCode }),
  })
}

function askForMapping(
  ports: PortmapPorts,
  gateway: NatPmpGateway,
  { transport, internal, suggestedExternalPort, lifetimeSeconds }: MappingRequest,
  signal: AbortSignal | undefined,
): Promise<NatPmpResponse | undefined> {
  const packet = encodeNatPmpMapRequest({
    transport,
    internalPort: internal.port,
    suggestedExternalPort,
    lifetimeSeconds,
  })
  const fits = ({ opcode, map }: NatPmpResponse) =>
    opcode === MAP_OPCODE[transport] && (map === undefined || map.internalPort === internal.port)
  return ask(ports, gateway, packet, fits, signal)
}

function ask(
  ports: PortmapPorts,
  gateway: NatPmpGateway,
  packet: Uint8Array,
  fits: (response: NatPmpResponse) => boolean,
  signal: AbortSignal | undefined,
): Promise<NatPmpResponse | undefined> {
  const accept = (bytes: Uint8Array) => {
    try {
      const response = decodeNatPmpResponse(bytes)
      return fits(response) ? response : undefined
    } catch {
      // Not an answer to this question; the right one may still come.
      return undefined
    }
  }
  const { localIp, interfaceName } = gateway
  return askOverUdp(ports, { localIp, interfaceName, server: gateway, packet, accept }, signal)
}

function refusal(response: NatPmpResponse | undefined): Refused {
  if (response === undefined) {
    return { type: 'refused', protocol: 'nat-pmp', outcome: 'silent', reason: 'no answer over NAT-PMP' }
  }
  const { resultCode } = response
  return {
    type: 'refused',
    protocol: 'nat-pmp',
    outcome: OUTCOMES[resultCode] ?? 'failed',
    gatewayCode: resultCode,
    reason: describeNatPmpResult(resultCode),
  }
}
