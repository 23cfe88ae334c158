import type { Interface, InterfaceAddress } from '../interfaces/interface.ts'
import { hostAddress } from '../interfaces/inferred-interfaces.ts'
import { type DefaultSources, type Nic, type SystemRoute, withRoutes } from '../routes/system-route.ts'
import { type LinuxIpv6Address, parseProcNetIfInet6 } from './proc-net-if-inet6.ts'
import { parseProcNetIpv6Route } from './proc-net-ipv6-route.ts'
import { parseProcNetRoute } from './proc-net-route.ts'
import { type LinuxLink, parseSysfsNic, type SysfsNic } from './sysfs-nic.ts'

/** The files of the kernel, as they were read. A file that is not there is an empty text. */
export interface LinuxSnapshot {
  readonly sysfs: readonly SysfsNic[]
  readonly route: string
  readonly ipv6Route: string
  readonly ifInet6: string
  /**
   * IPv4 addresses by NIC: `/proc` has them in no form that tells the NIC. Undefined where the system refuses them. Then
   * the NIC of the default route has the address of `defaultSources`.
   */
  readonly ipv4?: Readonly<Record<string, readonly InterfaceAddress[]>>
  readonly endianness?: 'LE' | 'BE'
  readonly defaultSources?: DefaultSources
}

/** A Linux machine's NICs, ordered by index. */
export function linuxInterfaces(snapshot: LinuxSnapshot): Interface[] {
  const ipv6 = parseProcNetIfInet6(snapshot.ifInet6)
  const links = snapshot.sysfs.flatMap((nic) => parseSysfsNic(nic) ?? [])
  const routes = [
    ...parseProcNetRoute(snapshot.route, snapshot.endianness),
    ...parseProcNetIpv6Route(snapshot.ipv6Route),
  ]
  const ipv4 = snapshot.ipv4 ?? inferredIpv4(routes, snapshot.defaultSources?.IPv4)
  const nics = [...links, ...linksWithoutSysfs(links, ipv4, ipv6)].map((link) => toNic(link, ipv4, ipv6))
  return withRoutes(
    nics.toSorted((a, b) => a.index - b.index),
    routes,
    snapshot.defaultSources,
  )
}

type Ipv4Addresses = NonNullable<LinuxSnapshot['ipv4']>

/** The kernel's own choice of source, at the NIC that the routing table prefers. */
function inferredIpv4(routes: readonly SystemRoute[], source: string | undefined): Ipv4Addresses {
  const [best] = routes
    .filter(({ family, prefixLength }) => family === 'IPv4' && prefixLength === 0)
    .toSorted((a, b) => a.metric - b.metric)
  return best === undefined || source === undefined ? {} : { [best.nic]: [hostAddress(source)] }
}

function toNic(link: LinuxLink, ipv4: Ipv4Addresses, ipv6: readonly LinuxIpv6Address[]): Nic {
  const own = ipv6.filter(({ nic }) => nic === link.name).map(({ address }) => address)
  return { ...link, humanName: link.name, addresses: [...(ipv4[link.name] ?? []), ...own] }
}

/** Sandboxes hide sysfs: then the NICs are those that have addresses. */
function linksWithoutSysfs(
  known: readonly LinuxLink[],
  ipv4: Ipv4Addresses,
  ipv6: readonly LinuxIpv6Address[],
): LinuxLink[] {
  const names = new Set([...Object.keys(ipv4), ...ipv6.map(({ nic }) => nic)])
  return [...names]
    .filter((name) => !known.some((link) => link.name === name))
    .map((name) => ({
      name,
      index: ipv6.find(({ nic }) => nic === name)?.index ?? 0,
      mtu: 0,
      up: true,
      type: name === 'lo' ? 'loopback' : 'ethernet',
    }))
}
