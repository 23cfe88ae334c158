import type { MappingTransport } from '../mapping.ts'
import { PortmapError } from '../portmap-error.ts'

/** The only version there is. RFC 6886 §3.1. */
export const NAT_PMP_VERSION = 0

/** Opcodes. RFC 6886 §3.2, §3.3. */
export const NatPmpOpcode = { ExternalAddress: 0, MapUdp: 1, MapTcp: 2 } as const

const RESPONSE_BIT = 0x80
/** Version, opcode, result code, epoch. RFC 6886 §3.5. */
const HEADER_BYTES = 8
const ADDRESS_BYTES = 12
const MAP_BYTES = 16

/** The opcode that maps a transport protocol. RFC 6886 §3.3. */
export const MAP_OPCODE: Readonly<Record<MappingTransport, number>> = {
  udp: NatPmpOpcode.MapUdp,
  tcp: NatPmpOpcode.MapTcp,
}

/** A request for a mapping, or for its end when lifetime and external port are 0. */
export interface NatPmpMapRequest {
  readonly transport: MappingTransport
  /** Never 0: with a lifetime of 0 that would delete every mapping of this host. RFC 6886 §3.4. */
  readonly internalPort: number
  readonly suggestedExternalPort: number
  readonly lifetimeSeconds: number
}

/** A gateway's answer, by its opcode; an error has the header alone. */
export interface NatPmpResponse {
  readonly opcode: number
  readonly resultCode: number
  readonly epochSeconds: number
  readonly externalIp?: string
  readonly map?: {
    readonly internalPort: number
    readonly assignedExternalPort: number
    readonly lifetimeSeconds: number
  }
}

/** Encodes the question for the external address. RFC 6886 §3.2. */
export function encodeNatPmpAddressRequest(): Uint8Array {
  return Uint8Array.of(NAT_PMP_VERSION, NatPmpOpcode.ExternalAddress)
}

/** Encodes a mapping request. RFC 6886 §3.3, §3.4. */
export function encodeNatPmpMapRequest(request: NatPmpMapRequest): Uint8Array {
  if (request.internalPort === 0) {
    throw new PortmapError('PORTMAP_INVALID_ARGUMENT', 'internal port 0 stands for every port in NAT-PMP')
  }
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  bytes[1] = MAP_OPCODE[request.transport]
  view.setUint16(4, request.internalPort)
  view.setUint16(6, request.suggestedExternalPort)
  view.setUint32(8, request.lifetimeSeconds)
  return bytes
}

/** Decodes an answer. RFC 6886 §3.2, §3.3, §3.5. */
export function decodeNatPmpResponse(bytes: Uint8Array): NatPmpResponse {
  const [version, second = 0] = bytes
  if (bytes.length < HEADER_BYTES || version !== NAT_PMP_VERSION || (second & RESPONSE_BIT) === 0) {
    throw new PortmapError(
      'PORTMAP_MALFORMED',
      `not a NAT-PMP answer: ${bytes.length} bytes, version ${version}`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const opcode = second & ~RESPONSE_BIT
  const resultCode = view.getUint16(2)
  const head = { opcode, resultCode, epochSeconds: view.getUint32(4) }
  if (resultCode !== 0) return head
  if (opcode === NatPmpOpcode.ExternalAddress) return { ...head, externalIp: decodeIp(bytes) }
  if (opcode === NatPmpOpcode.MapUdp || opcode === NatPmpOpcode.MapTcp)
    return { ...head, map: decodeMap(view) }
  throw new PortmapError('PORTMAP_MALFORMED', `NAT-PMP opcode ${opcode}`)
}

function decodeIp(bytes: Uint8Array): string {
  if (bytes.length < ADDRESS_BYTES) {
    throw new PortmapError('PORTMAP_MALFORMED', `an external address answer of ${bytes.length} bytes`)
  }
  return bytes.subarray(HEADER_BYTES, ADDRESS_BYTES).join('.')
}

function decodeMap(view: DataView): NonNullable<NatPmpResponse['map']> {
  if (view.byteLength < MAP_BYTES) {
    throw new PortmapError('PORTMAP_MALFORMED', `a mapping answer of ${view.byteLength} bytes`)
  }
  return {
    internalPort: view.getUint16(8),
    assignedExternalPort: view.getUint16(10),
    lifetimeSeconds: view.getUint32(12),
  }
}
