import type { Interface, InterfaceAddress } from '../interfaces/interface.ts'
import { scopeOf } from '../ip/ip-scope.ts'
import { familyOf } from '../ip/family.ts'

export function testAddress(ip: string): InterfaceAddress {
  return {
    family: familyOf(ip),
    ip,
    prefixLength: familyOf(ip) === 'IPv6' ? 64 : 24,
    scope: scopeOf(ip),
    temporary: false,
    deprecated: false,
  }
}

/** A NIC that is up, with addresses and the other facts given. */
export function testNic(name: string, ips: readonly string[], more: Partial<Interface> = {}): Interface {
  return {
    name,
    humanName: name,
    index: 1,
    mtu: 1500,
    up: true,
    type: 'ethernet',
    addresses: ips.map(testAddress),
    gateways: [],
    default: { IPv4: false, IPv6: false },
    ...more,
  }
}
