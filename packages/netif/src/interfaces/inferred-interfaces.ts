import { familyOf } from '../ip/family.ts'
import { scopeOf } from '../ip/ip-scope.ts'
import type { DefaultSources } from '../routes/system-route.ts'
import type { Interface, InterfaceAddress } from './interface.ts'

/** The name of the one NIC that stands for all. */
const INFERRED_NAME = 'default'

/** Addresses that every host has. RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
const LOOPBACK = { IPv4: '127.0.0.1', IPv6: '::1' } as const

/**
 * The NICs of a system that does not list them, such as Android: loopback, and one that stands for whatever leads to the
 * Internet. It has the addresses that the kernel picks as source. RFC 6724 §5.
 */
export function inferredInterfaces({ IPv4, IPv6 }: DefaultSources): Interface[] {
  const addresses = [IPv4, IPv6].flatMap((ip) => (ip === undefined ? [] : hostAddress(ip)))
  const loopback = [LOOPBACK.IPv4, ...(IPv6 === undefined ? [] : [LOOPBACK.IPv6])]
  const nic = { mtu: 0, up: true, gateways: [], inferred: true } as const
  return [
    {
      ...nic,
      name: 'lo',
      humanName: 'lo',
      index: 1,
      type: 'loopback',
      addresses: loopback.map(hostAddress),
      default: { IPv4: false, IPv6: false },
    },
    ...(addresses.length === 0
      ? []
      : [
          {
            ...nic,
            name: INFERRED_NAME,
            humanName: INFERRED_NAME,
            index: 2,
            type: 'ethernet' as const,
            addresses,
            default: { IPv4: IPv4 !== undefined, IPv6: IPv6 !== undefined },
          },
        ]),
  ]
}

/** An address whose network is not known: it is alone on it. */
export function hostAddress(ip: string): InterfaceAddress {
  const family = familyOf(ip)
  return {
    family,
    ip,
    prefixLength: family === 'IPv6' ? 128 : 32,
    scope: scopeOf(ip),
    temporary: false,
    deprecated: false,
  }
}
