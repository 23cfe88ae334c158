import type { Interface, InterfaceAddress, InterfaceType } from '../interfaces/interface.ts'
import { literalFamily, splitZone } from '../ip/ip-literal.ts'
import { canonicalIp } from '../ip/ip-number.ts'
import { isUnspecified, scopeOf } from '../ip/ip-scope.ts'
import { type DefaultSources, type Nic, type SystemRoute, withRoutes } from '../routes/system-route.ts'
import type { Row, WindowsSnapshot } from './powershell.ts'

// Enumerations of the MSFT_Net… classes. Newer PowerShells can write the names.
const ADDRESS_PREFERRED = [4, 'Preferred']
const ADDRESS_DEPRECATED = [3, 'Deprecated']
const SUFFIX_RANDOM = [5, 'Random']
const CONNECTED = [1, 'Connected']
const OPERATIONAL_UP = [1, 'Up']

/** Interface types of the IANA registry `ifType`. */
const TYPES: Readonly<Record<number, InterfaceType>> = {
  6: 'ethernet',
  23: 'vpn', // PPP, which Windows' own VPN connections are
  24: 'loopback',
  53: 'vpn', // proprietary virtual: Wintun, and with it WireGuard and OpenVPN
  71: 'wifi',
  131: 'vpn', // tunnel
  209: 'bridge',
  243: 'mobile',
  244: 'mobile',
}

/** Adapters that say "ethernet" and are something else; by descriptions, which vendors write in English. */
const DESCRIPTIONS: readonly (readonly [RegExp, InterfaceType])[] = [
  [/wireguard|wintun|openvpn|tap-windows|tap-win32|tailscale|zerotier|vpn|anyconnect/i, 'vpn'],
  [/hyper-v virtual|vmware virtual|virtualbox|wi-fi direct|loopback adapter/i, 'virtual'],
  [/network bridge|multiplexor bridge/i, 'bridge'],
  [/mobile broadband|wwan|rndis/i, 'mobile'],
]

/** A Windows machine's NICs, ordered by index. `name` is the alias, which sockets and commands know. */
export function windowsInterfaces(snapshot: WindowsSnapshot, sources: DefaultSources = {}): Interface[] {
  const indexes = new Set([
    ...snapshot.adapters.map(({ ifIndex }) => Number(ifIndex)),
    ...snapshot.interfaces.map(({ InterfaceIndex }) => Number(InterfaceIndex)),
  ])
  const nics = [...indexes].filter(Number.isInteger).map((index) => toNic(index, snapshot))
  return withRoutes(
    nics.toSorted((a, b) => a.index - b.index),
    snapshot.routes.flatMap((row) => toRoute(row, nics, snapshot) ?? []),
    sources,
  )
}

function toNic(index: number, snapshot: WindowsSnapshot): Nic {
  const adapter = snapshot.adapters.find(({ ifIndex }) => ifIndex === index)
  const ipInterfaces = snapshot.interfaces.filter(({ InterfaceIndex }) => InterfaceIndex === index)
  const name = textOf(adapter?.Name) ?? textOf(ipInterfaces[0]?.InterfaceAlias) ?? String(index)
  const mac = textOf(adapter?.MacAddress)?.replaceAll('-', ':').toLowerCase()
  const connected = ipInterfaces.some(({ ConnectionState }) => isOneOf(ConnectionState, CONNECTED))
  return {
    name,
    humanName: textOf(adapter?.InterfaceDescription) ?? name,
    index,
    ...(mac !== undefined && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && { mac }),
    mtu: mtuOf(adapter, ipInterfaces),
    up: adapter === undefined ? connected : isOneOf(adapter.InterfaceOperationalStatus, OPERATIONAL_UP),
    type: typeOf(adapter, name),
    addresses: snapshot.addresses
      .filter(({ InterfaceIndex }) => InterfaceIndex === index)
      .flatMap((row) => toAddress(row) ?? []),
  }
}

/** The loopback adapter says 4294967295, which the IP interfaces repeat: there is no limit. */
function mtuOf(adapter: Row | undefined, ipInterfaces: readonly Row[]): number {
  return Number(adapter?.MtuSize ?? ipInterfaces[0]?.NlMtu ?? 0)
}

function typeOf(adapter: Row | undefined, name: string): InterfaceType {
  if (adapter === undefined) return /loopback/i.test(name) ? 'loopback' : 'virtual'
  const description = `${textOf(adapter.InterfaceDescription) ?? ''} ${name}`
  const byDescription = DESCRIPTIONS.find(([pattern]) => pattern.test(description))?.[1]
  return byDescription ?? TYPES[Number(adapter.InterfaceType)] ?? 'ethernet'
}

/** Addresses under duplicate detection, duplicates and those of unplugged NICs cannot be bound. */
function toAddress(row: Row): InterfaceAddress | undefined {
  const { ip } = splitZone(textOf(row.IPAddress) ?? '')
  const family = literalFamily(ip)
  const deprecated = isOneOf(row.AddressState, ADDRESS_DEPRECATED)
  if (family === undefined || !(deprecated || isOneOf(row.AddressState, ADDRESS_PREFERRED))) return undefined
  return {
    family,
    ip: canonicalIp(ip),
    prefixLength: Number(row.PrefixLength),
    scope: scopeOf(ip),
    temporary: family === 'IPv6' && isOneOf(row.SuffixOrigin, SUFFIX_RANDOM) && scopeOf(ip) !== 'link',
    deprecated,
  }
}

/** A route's metric counts on top of its NIC's. */
function toRoute(row: Row, nics: readonly Nic[], { interfaces }: WindowsSnapshot): SystemRoute | undefined {
  const [address = '', length] = textOf(row.DestinationPrefix)?.split('/') ?? []
  const family = literalFamily(address)
  const nic = nics.find(({ index }) => index === row.InterfaceIndex)
  if (family === undefined || nic === undefined) return undefined
  const familyNumbers = family === 'IPv4' ? [2, 'IPv4'] : [23, 'IPv6'] // AF_INET, AF_INET6 of winsock2.h
  const own = interfaces.find(
    ({ InterfaceIndex, AddressFamily }) =>
      InterfaceIndex === nic.index && isOneOf(AddressFamily, familyNumbers),
  )
  const { ip: hop } = splitZone(textOf(row.NextHop) ?? '')
  const gateway = literalFamily(hop) === family && !isUnspecified(hop) ? canonicalIp(hop) : undefined
  return {
    family,
    nic: nic.name,
    destination: canonicalIp(address),
    prefixLength: Number(length),
    ...(gateway !== undefined && { gateway }),
    metric: Number(row.RouteMetric ?? 0) + Number(own?.InterfaceMetric ?? 0),
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isOneOf(value: unknown, accepted: readonly unknown[]): boolean {
  return accepted.includes(value)
}
