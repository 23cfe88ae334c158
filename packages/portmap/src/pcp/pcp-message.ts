import { PortmapError } from '../portmap-error.ts'
import type { MappingTransport } from '../mapping.ts'
import { decodePcpAddress, encodePcpAddress, PCP_ADDRESS_BYTES } from './pcp-address.ts'

/** The version that RFC 6887 defines. */
export const PCP_VERSION = 2

/** The port servers listen on, the same as for NAT-PMP. RFC 6887 §19.1. */
export const PCP_SERVER_PORT = 5351

/** The port clients listen on for unsolicited answers. RFC 6887 §14.1.3. */
export const PCP_CLIENT_PORT = 5350

/** Bytes of a mapping nonce. RFC 6887 §11.1. */
export const MAPPING_NONCE_BYTES = 12

/** No message is longer. RFC 6887 §7. */
const MAX_MESSAGE_BYTES = 1100
const HEADER_BYTES = 24
const MAP_BYTES = 36
const RESPONSE_BIT = 0x80

/** Opcodes. RFC 6887 §19.2. */
export const PcpOpcode = { Announce: 0, Map: 1 } as const

/** IANA protocol numbers. RFC 6887 §11.1. */
export const PROTOCOL_NUMBER: Readonly<Record<MappingTransport, number>> = { tcp: 6, udp: 17 }

/** A request for a mapping, or for its end when the lifetime is 0. */
export interface PcpMapRequest {
  /** The address that the request is sent from. */
  readonly clientIp: string
  readonly mappingNonce: Uint8Array
  readonly transport: MappingTransport
  readonly internalPort: number
  /** 0 leaves the choice to the server. */
  readonly suggestedExternalPort: number
  /** The unspecified address leaves the choice to the server. */
  readonly suggestedExternalIp: string
  readonly lifetimeSeconds: number
}

/** A server's answer; `map` is there when the opcode is MAP. */
export interface PcpResponse {
  readonly version: number
  readonly opcode: number
  readonly resultCode: number
  /** How long the mapping, or the error, holds. */
  readonly lifetimeSeconds: number
  readonly epochSeconds: number
  readonly map?: PcpMapping
}

/** The part of an answer that belongs to MAP. RFC 6887 §11.1. */
export interface PcpMapping {
  readonly mappingNonce: Uint8Array
  readonly protocolNumber: number
  readonly internalPort: number
  readonly assignedExternalPort: number
  readonly assignedExternalIp: string
}

/** Encodes a MAP request. RFC 6887 §7.1, §11.1. */
export function encodePcpMapRequest(request: PcpMapRequest): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + MAP_BYTES)
  const view = new DataView(bytes.buffer)
  bytes[0] = PCP_VERSION
  bytes[1] = PcpOpcode.Map
  view.setUint32(4, request.lifetimeSeconds)
  bytes.set(encodePcpAddress(request.clientIp), 8)
  bytes.set(checkNonce(request.mappingNonce), HEADER_BYTES)
  bytes[36] = PROTOCOL_NUMBER[request.transport]
  view.setUint16(40, request.internalPort)
  view.setUint16(42, request.suggestedExternalPort)
  bytes.set(encodePcpAddress(request.suggestedExternalIp), 44)
  return bytes
}

/** Decodes an answer of any opcode; options are left aside. RFC 6887 §7.2, §11.1. */
export function decodePcpResponse(bytes: Uint8Array): PcpResponse {
  const [version = 0, second = 0, , resultCode = 0] = bytes
  if (bytes.length < HEADER_BYTES || bytes.length > MAX_MESSAGE_BYTES || bytes.length % 4 !== 0) {
    throw new PortmapError('PORTMAP_MALFORMED', `a PCP message of ${bytes.length} bytes`)
  }
  if ((second & RESPONSE_BIT) === 0)
    throw new PortmapError('PORTMAP_MALFORMED', 'a PCP request, not an answer')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const opcode = second & ~RESPONSE_BIT
  return {
    version,
    opcode,
    resultCode,
    lifetimeSeconds: view.getUint32(4),
    epochSeconds: view.getUint32(8),
    ...(opcode === PcpOpcode.Map && { map: decodeMap(bytes.subarray(HEADER_BYTES)) }),
  }
}

function decodeMap(bytes: Uint8Array): PcpMapping {
  if (bytes.length < MAP_BYTES)
    throw new PortmapError('PORTMAP_MALFORMED', `MAP data of ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return {
    mappingNonce: bytes.slice(0, MAPPING_NONCE_BYTES),
    protocolNumber: view.getUint8(12),
    internalPort: view.getUint16(16),
    assignedExternalPort: view.getUint16(18),
    assignedExternalIp: decodePcpAddress(bytes.subarray(20, 20 + PCP_ADDRESS_BYTES)),
  }
}

function checkNonce(nonce: Uint8Array): Uint8Array {
  if (nonce.length === MAPPING_NONCE_BYTES) return nonce
  throw new PortmapError('PORTMAP_INVALID_ARGUMENT', `a mapping nonce of ${nonce.length} bytes`)
}
