import { familyOf, splitZone } from '@p2pd/netif'
import type { Granted, MappingAnswer, MappingRequest, Refused } from '../gateway/mapping-request.ts'
import { describeNoAnswer, type NoAnswer, type ServerPort } from '../gateway/server-port.ts'
import type { RefusalReason } from '../mapping.ts'
import {
  decodePcpResponse,
  encodePcpMapRequest,
  PCP_VERSION,
  type PcpMapping,
  type PcpResponse,
  PcpOpcode,
  PROTOCOL_NUMBER,
} from './pcp-message.ts'
import { describePcpResult, PcpResultCode } from './pcp-result-code.ts'

/** "Long" errors last 30 minutes; servers have been seen to write 0 for them. RFC 6887 §7.4. */
const LONG_ERROR_SECONDS = 30 * 60

/** The addresses that stand for none, in canonical form. RFC 6887 §11.1. */
const UNSPECIFIED: readonly string[] = ['0.0.0.0', '::']

const OUTCOMES: Readonly<Record<number, RefusalReason>> = {
  [PcpResultCode.UnsupportedVersion]: 'unsupported',
  [PcpResultCode.NotAuthorized]: 'not-authorized',
  [PcpResultCode.UnsupportedOpcode]: 'unsupported',
  [PcpResultCode.NetworkFailure]: 'no-external-network',
  [PcpResultCode.NoResources]: 'no-resources',
  [PcpResultCode.UnsupportedProtocol]: 'unsupported',
  [PcpResultCode.UserExceededQuota]: 'no-resources',
  [PcpResultCode.AddressMismatch]: 'nat-between',
}

/** Asks for a mapping, or prolongs the one with this nonce. RFC 6887 §11.2. */
export async function mapWithPcp(
  server: ServerPort,
  request: MappingRequest,
  signal?: AbortSignal,
): Promise<MappingAnswer> {
  const { internal, transport, mappingNonce } = request
  const any = familyOf(internal.ip) === 'IPv4' ? '0.0.0.0' : '::'
  const packet = encodePcpMapRequest({
    clientIp: internal.ip,
    mappingNonce,
    transport,
    internalPort: internal.port,
    suggestedExternalPort: request.suggestedExternalPort,
    suggestedExternalIp: request.suggestedExternalIp ?? any,
    lifetimeSeconds: request.lifetimeSeconds,
  })
  const accept = (bytes: Uint8Array) => acceptMap(bytes, request)
  const response = await server.ask({ localIp: internal.ip, packet, accept }, signal)
  return typeof response === 'string' ? unanswered(response) : toAnswer(response, request)
}

/** Ends the mapping with this nonce. RFC 6887 §15. */
export async function releaseWithPcp(
  server: ServerPort,
  request: MappingRequest,
  signal?: AbortSignal,
): Promise<MappingAnswer> {
  return mapWithPcp(server, { ...request, suggestedExternalPort: 0, lifetimeSeconds: 0 }, signal)
}

/** The answer to this request, or undefined: matched by nonce, protocol and port. RFC 6887 §11.4. */
export function acceptMap(bytes: Uint8Array, request: MappingRequest): PcpResponse | undefined {
  // A NAT-PMP gateway answers with its own version and 8 bytes. RFC 6887 appendix A.
  if (bytes[0] === 0 && bytes.length < 24) return natPmpRefusal(bytes)
  try {
    const response = decodePcpResponse(bytes)
    if (response.opcode !== PcpOpcode.Map) return undefined
    return response.map !== undefined && matches(response.map, request) ? response : undefined
  } catch {
    // An error may come without the part of MAP; anything else is not for us.
    return headerError(bytes)
  }
}

function natPmpRefusal(bytes: Uint8Array): PcpResponse | undefined {
  const [, opcode = 0, high, low] = bytes
  const unsupported = bytes.length >= 4 && opcode === (0x80 | PcpOpcode.Map) && high === 0 && low !== 0
  if (!unsupported) return undefined
  const resultCode = PcpResultCode.UnsupportedVersion
  return { version: 0, opcode: opcode & 0x7f, resultCode, lifetimeSeconds: 0, epochSeconds: 0 }
}

function headerError(bytes: Uint8Array): PcpResponse | undefined {
  const isHeader = bytes.length === 24 && bytes[1] === (0x80 | PcpOpcode.Map)
  const resultCode = bytes[3] ?? 0
  if (!isHeader || resultCode === 0) return undefined
  return { version: bytes[0] ?? 0, opcode: PcpOpcode.Map, resultCode, lifetimeSeconds: 0, epochSeconds: 0 }
}

function matches(map: PcpMapping, { mappingNonce, transport, internal }: MappingRequest): boolean {
  return (
    map.internalPort === internal.port &&
    map.protocolNumber === PROTOCOL_NUMBER[transport] &&
    mappingNonce.every((byte, i) => map.mappingNonce[i] === byte)
  )
}

function toAnswer(response: PcpResponse, request: MappingRequest): MappingAnswer {
  const { resultCode, map, version } = response
  if (resultCode !== PcpResultCode.Success) return refusal(response)
  if (map === undefined || version !== PCP_VERSION) return unanswered('silent')
  const granted: Granted = {
    type: 'granted',
    protocol: 'pcp',
    external: externalOf(map, request),
    lifetimeSeconds: response.lifetimeSeconds,
    epochSeconds: response.epochSeconds,
    conflicts: [],
  }
  if (response.lifetimeSeconds > 0 || request.lifetimeSeconds === 0) return granted
  return { type: 'refused', protocol: 'pcp', outcome: 'failed', reason: 'the server granted no time at all' }
}

/** A firewall that only opens has been seen to answer with port 0: the internal one is meant. */
function externalOf(map: PcpMapping, { internal }: MappingRequest): { ip?: string; port: number } {
  const opensOnly = familyOf(internal.ip) === 'IPv6'
  const port = map.assignedExternalPort === 0 ? internal.port : map.assignedExternalPort
  if (!UNSPECIFIED.includes(map.assignedExternalIp)) return { ip: map.assignedExternalIp, port }
  return opensOnly ? { ip: splitZone(internal.ip).ip, port } : { port }
}

function refusal({ resultCode, lifetimeSeconds }: PcpResponse): Refused {
  return {
    type: 'refused',
    protocol: 'pcp',
    outcome: OUTCOMES[resultCode] ?? 'failed',
    gatewayCode: resultCode,
    reason: describePcpResult(resultCode),
    retryAfterSeconds: Math.min(lifetimeSeconds || LONG_ERROR_SECONDS, LONG_ERROR_SECONDS),
  }
}

function unanswered(outcome: NoAnswer): Refused {
  return { type: 'refused', protocol: 'pcp', outcome, reason: describeNoAnswer('PCP', outcome) }
}
