import {
  type Family,
  familyOf,
  type Gateway,
  type Interface,
  type InterfaceAddress,
  type Scope,
} from '@p2pd/netif'
import type { VirtualNic } from './host-stack.ts'

/** Linux's route metric of the first wired NIC; each further NIC has 1 more. */
const FIRST_METRIC = 100

const loopback: Interface = {
  name: 'lo',
  humanName: 'lo',
  index: 1,
  mtu: 65536,
  up: true,
  type: 'loopback',
  addresses: [address('127.0.0.1', 8), address('::1', 128)],
  gateways: [],
  default: { IPv4: false, IPv6: false },
}

/** The NICs of a virtual host in the form of a real system. */
export function listNics(nics: readonly VirtualNic[], hostNumber: number): Interface[] {
  const preferred = (family: Family) =>
    nics.find((nic) => nic.link.up && nic.plan.gateways[family] !== undefined)
  return [loopback, ...nics.map((nic, position) => toInterface(nic, position))]

  function toInterface(nic: VirtualNic, position: number): Interface {
    const { plan, link } = nic
    return {
      name: plan.name,
      humanName: plan.name,
      index: position + 2,
      mac: macAddress(hostNumber, position),
      mtu: 1500,
      up: link.up,
      type: 'ethernet',
      addresses: link.up ? plan.addresses.map(({ ip, prefixLength }) => address(ip, prefixLength)) : [],
      gateways: link.up ? gatewaysOf(plan.gateways, FIRST_METRIC + position) : [],
      default: { IPv4: preferred('IPv4') === nic, IPv6: preferred('IPv6') === nic },
    }
  }
}

function gatewaysOf(gateways: Readonly<Partial<Record<Family, string>>>, metric: number): Gateway[] {
  return Object.values(gateways).map((ip) => ({ family: familyOf(ip), ip, metric }))
}

function address(ip: string, prefixLength: number): InterfaceAddress {
  return { family: familyOf(ip), ip, prefixLength, scope: scopeOf(ip), temporary: false, deprecated: false }
}

/** Scopes of the addresses that exist in a lab: loopback, RFC 1918, RFC 6598, and the rest. */
function scopeOf(ip: string): Scope {
  if (ip === '::1' || ip.startsWith('127.')) return 'host'
  const [first = 0, second = 0] = ip.split('.').map(Number)
  const isPrivate =
    first === 10 ||
    (first === 192 && second === 168) ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 100 && second >= 64 && second < 128)
  return isPrivate ? 'private' : 'global'
}

/** A locally administered address, which no vendor assigns. RFC 9542 §2.1. */
function macAddress(hostNumber: number, position: number): string {
  const bytes = [0x02, position, hostNumber >> 24, hostNumber >> 16, hostNumber >> 8, hostNumber]
  return bytes.map((byte) => (byte & 255).toString(16).padStart(2, '0')).join(':')
}
