import type { MappingAnswer, MappingRequest, Refused } from '../gateway/mapping-request.ts'
import { describeNoAnswer, type NoAnswer, type ServerPort } from '../gateway/server-port.ts'
import type { RefusalReason } from '../mapping.ts'
import { PortmapError } from '../portmap-error.ts'
import {
  decodeNatPmpResponse,
  encodeNatPmpAddressRequest,
  encodeNatPmpMapRequest,
  MAP_OPCODE,
  NAT_PMP_VERSION,
  NatPmpOpcode,
  type NatPmpResponse,
} from './nat-pmp-message.ts'
import { describeNatPmpResult, NatPmpResultCode } from './nat-pmp-result-code.ts'

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
  server: ServerPort,
  localIp: string,
  signal?: AbortSignal,
): Promise<NatPmpPresence | Refused> {
  const response = await ask(
    server,
    localIp,
    encodeNatPmpAddressRequest(),
    ({ opcode }) => opcode === NatPmpOpcode.ExternalAddress,
    signal,
  )
  if (typeof response === 'string' || response.externalIp === undefined) return refusal(response)
  const { externalIp, epochSeconds } = response
  return { type: 'present', epochSeconds, ...(externalIp !== '0.0.0.0' && { externalIp }) }
}

/** Asks for a mapping, or prolongs it. RFC 6886 §3.3. */
export async function mapWithNatPmp(
  server: ServerPort,
  request: MappingRequest,
  externalIp: string | undefined,
  signal?: AbortSignal,
): Promise<MappingAnswer> {
  const response = await askForMapping(server, request, signal)
  if (typeof response === 'string' || response.map === undefined) return refusal(response)
  const { map } = response
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
  server: ServerPort,
  request: MappingRequest,
  signal?: AbortSignal,
): Promise<void> {
  const none = { ...request, suggestedExternalPort: 0, lifetimeSeconds: 0 }
  const response = await askForMapping(server, none, signal)
  if (typeof response !== 'string' && response.resultCode === NatPmpResultCode.Success) return
  const { reason, gatewayCode } = refusal(response)
  throw new PortmapError('PORTMAP_NOT_RELEASED', reason, {
    ...(gatewayCode !== undefined && { gatewayCode }),
  })
}

function askForMapping(
  server: ServerPort,
  { transport, internal, suggestedExternalPort, lifetimeSeconds }: MappingRequest,
  signal: AbortSignal | undefined,
): Promise<NatPmpResponse | NoAnswer> {
  const packet = encodeNatPmpMapRequest({
    transport,
    internalPort: internal.port,
    suggestedExternalPort,
    lifetimeSeconds,
  })
  const fits = ({ opcode, map }: NatPmpResponse) =>
    opcode === MAP_OPCODE[transport] && (map === undefined || map.internalPort === internal.port)
  return ask(server, internal.ip, packet, fits, signal)
}

function ask(
  server: ServerPort,
  localIp: string,
  packet: Uint8Array,
  fits: (response: NatPmpResponse) => boolean,
  signal: AbortSignal | undefined,
): Promise<NatPmpResponse | NoAnswer> {
  const accept = (bytes: Uint8Array) => {
    // Answers of PCP come to the same socket; an error for each would cost time.
    if (bytes[0] !== NAT_PMP_VERSION) return undefined
    try {
      const response = decodeNatPmpResponse(bytes)
      return fits(response) ? response : undefined
    } catch {
      // Not an answer to this question; the right one may still come.
      return undefined
    }
  }
  return server.ask({ localIp, packet, accept }, signal)
}

function refusal(response: NatPmpResponse | NoAnswer): Refused {
  if (typeof response === 'string') {
    const reason = describeNoAnswer('NAT-PMP', response)
    return { type: 'refused', protocol: 'nat-pmp', outcome: response, reason }
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
