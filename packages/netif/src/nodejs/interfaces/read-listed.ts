import type { NetworkInterfaceInfo } from 'node:os'
import { inferredInterfaces } from '../../interfaces/inferred-interfaces.ts'
import type { Interface } from '../../interfaces/interface.ts'
import { splitZone } from '../../ip/ip-literal.ts'
import { canonicalIp } from '../../ip/ip-number.ts'
import { scopeOf } from '../../ip/ip-scope.ts'
import { familyOf } from '../../ip/family.ts'
import { type DefaultSources, type Nic, withRoutes } from '../../routes/system-route.ts'
import { listAddresses, type NicAddresses, nicOfLabel } from '../sockets/node-addresses.ts'
import { isExhaustion } from '../sockets/os-error.ts'
import { defaultSources } from './default-sources.ts'

const NO_MAC = '00:00:00:00:00:00'

/**
 * Reads the NICs of a system without a reader of its own, or whose tools refuse to answer. Node lists the addresses, and the
 * kernel picks the source for the Internet. Where the list is refused as well, that choice is all there is.
 */
export async function readListed(): Promise<Interface[]> {
  const sources = await defaultSources()
  let listed: NicAddresses
  try {
    listed = listAddresses()
  } catch (error) {
    if (isExhaustion(error)) throw error
    return inferredInterfaces(sources)
  }
  return listedInterfaces(listed, sources)
}

/** NICs from Node's list. Types and gateways are not known there. */
export function listedInterfaces(listed: NicAddresses, sources: DefaultSources): Interface[] {
  const names = [...new Set(Object.keys(listed).map(nicOfLabel))]
  const nics = names.map((name, position) => {
    const labels = Object.keys(listed).filter((label) => nicOfLabel(label) === name)
    return toNic(
      name,
      position + 1,
      labels.flatMap((label) => listed[label] ?? []),
    )
  })
  return withRoutes(nics, [], sources)
}

function toNic(name: string, position: number, addresses: readonly NetworkInterfaceInfo[]): Nic {
  const zoned = addresses.find(({ scopeid = 0 }) => scopeid > 0)
  const mac = addresses.find((address) => address.mac !== NO_MAC)?.mac.toLowerCase()
  return {
    name,
    humanName: name,
    index: zoned?.scopeid ?? position,
    ...(mac !== undefined && { mac }),
    mtu: 0,
    up: true,
    type: addresses.some(({ internal }) => internal) ? 'loopback' : 'ethernet',
    addresses: addresses.map(({ address, cidr }) => {
      const ip = canonicalIp(splitZone(address).ip)
      const family = familyOf(ip)
      const prefixLength = Number(cidr?.split('/')[1] ?? (family === 'IPv6' ? 128 : 32))
      return { family, ip, prefixLength, scope: scopeOf(ip), temporary: false, deprecated: false }
    }),
  }
}
