import { fromHex, isLiteral } from '@p2pd/netif'
import { MAPPING_NONCE_BYTES } from '../pcp/pcp-message.ts'
import type { SavedLease } from './lease-store.ts'

const PROTOCOLS: readonly unknown[] = ['pcp', 'nat-pmp', 'upnp-igd1', 'upnp-igd2', 'upnp-pinhole']
const TRANSPORTS: readonly unknown[] = ['tcp', 'udp']

/** Whether a value, as read from a file, is a saved lease in every field. */
export function isSavedLease(value: unknown): value is SavedLease {
  if (!isRecord(value) || !isRecord(value['internal'])) return false
  const { gateway, transport, internal, protocol, externalIp, externalPort, mappingNonce, pinholeId } = value
  return (
    isIp(gateway) &&
    TRANSPORTS.includes(transport) &&
    isIp(internal['ip']) &&
    isPort(internal['port']) &&
    PROTOCOLS.includes(protocol) &&
    (externalIp === undefined || isIp(externalIp)) &&
    isPort(externalPort) &&
    typeof mappingNonce === 'string' &&
    fromHex(mappingNonce, MAPPING_NONCE_BYTES) !== undefined &&
    (pinholeId === undefined || Number.isSafeInteger(pinholeId))
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isIp(value: unknown): boolean {
  return typeof value === 'string' && isLiteral(value)
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= 65535
}
