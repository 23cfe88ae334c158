import type { Interface, InterfaceAddress } from '@p2pd/netif'

/** An address on a /24 or a /64. */
export function address(ip: string, scope: InterfaceAddress['scope']): InterfaceAddress {
  const isIpv6 = ip.includes(':')
  return {
    family: isIpv6 ? 'IPv6' : 'IPv4',
    ip,
    prefixLength: isIpv6 ? 64 : 24,
    scope,
    temporary: false,
    deprecated: false,
  }
}

const LOWEST_METRIC = 100

/** A NIC that is up; with a metric it has a router, with the lowest (100) the system leaves by it. */
export function nic(name: string, addresses: readonly InterfaceAddress[], metric?: number): Interface {
  const gateways = metric === undefined ? [] : [{ family: 'IPv4' as const, ip: '192.168.1.1', metric }]
  return {
    name,
    humanName: name,
    index: 1,
    mtu: 1500,
    up: true,
    type: 'ethernet',
    addresses,
    gateways,
    default: { IPv4: metric === LOWEST_METRIC, IPv6: false },
  }
}

/** Every host's own. */
export const loopback: Interface = {
  ...nic('lo', [address('127.0.0.1', 'host'), address('::1', 'host')]),
  type: 'loopback',
}

/** A container engine's inner network. */
export const docker: Interface = { ...nic('docker0', [address('172.17.0.1', 'private')]), type: 'bridge' }
