import type { NetworkInterfaceInfo } from 'node:os'
import { splitZone } from '../../ip/ip-literal.ts'
import { isUnspecified } from '../../ip/ip-scope.ts'
import { NetifError } from '../../netif-error.ts'
import type { BindOptions } from '../../network.ts'
import { listAddresses, type NicAddresses, nicOfLabel } from './node-addresses.ts'
import { isExhaustion } from './os-error.ts'
import { type Family, familyOf } from '../../ip/family.ts'
import { checkTransportAddress, type TransportAddress } from '../../ip/transport-address.ts'

/**
 * The address a socket binds to. Node cannot tie a socket to a NIC, but a source address can. The NIC's own
 * address takes the place of `0.0.0.0` and `::`. A link-local address gets its zone.
 *
 * Throws `NETIF_ADDRESS_NOT_AVAILABLE`, `NETIF_NOT_FOUND`, `NETIF_INVALID_ARGUMENT`, or as `listAddresses` does.
 */
export function sourceAddress({ local, interfaceName }: BindOptions, nics?: NicAddresses): TransportAddress {
  checkTransportAddress(local)
  if (interfaceName === undefined) return local
  const wanted = splitZone(local.ip).ip
  const listed = nics ?? listUnlessRefused(wanted)
  if (listed === undefined) return local
  const own = addressesOf(interfaceName, familyOf(local.ip), listed)
  const found = isUnspecified(wanted) ? preferred(own) : own.find(({ address }) => address === wanted)
  if (found === undefined) {
    const missing = isUnspecified(wanted) ? `${familyOf(local.ip)} address` : `address ${wanted}`
    throw new NetifError('NETIF_ADDRESS_NOT_AVAILABLE', `NIC ${interfaceName} has no ${missing}`)
  }
  return { ip: withZone(found, interfaceName), port: local.port }
}

/** Undefined where the system refuses its list of NICs, and an address is named: that alone has to do. */
function listUnlessRefused(ip: string): NicAddresses | undefined {
  try {
    return listAddresses()
  } catch (error) {
    if (isExhaustion(error) || isUnspecified(ip)) throw error
    return undefined
  }
}

function addressesOf(name: string, family: Family, nics: NicAddresses): NetworkInterfaceInfo[] {
  const labels = Object.keys(nics).filter((label) => nicOfLabel(label) === name)
  if (labels.length === 0) {
    const names = [...new Set(Object.keys(nics).map(nicOfLabel))].join(', ')
    throw new NetifError('NETIF_NOT_FOUND', `no NIC ${JSON.stringify(name)} that is up; there are: ${names}`)
  }
  return labels.flatMap((label) => nics[label]?.filter((address) => address.family === family) ?? [])
}

/** A link-local address reaches nothing beyond the link, so that it comes last. RFC 6724 §5 rule 2. */
function preferred(addresses: readonly NetworkInterfaceInfo[]): NetworkInterfaceInfo | undefined {
  return addresses.find((address) => !zoned(address)) ?? addresses[0]
}

function zoned(address: NetworkInterfaceInfo): boolean {
  return address.family === 'IPv6' && address.scopeid > 0
}

/** Windows knows zones by index, the others by name. RFC 4007 §11.2. */
function withZone(address: NetworkInterfaceInfo, name: string): string {
  if (address.family !== 'IPv6' || address.scopeid === 0) return address.address
  return `${address.address}%${process.platform === 'win32' ? address.scopeid : name}`
}
