import type { Interface, InterfaceAddress } from '../interfaces/interface.ts'
import { type DefaultSources, type Nic, withRoutes } from '../routes/system-route.ts'
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
  /** IPv4 addresses by NIC: `/proc` has them in no form that tells the NIC. */
  readonly ipv4: Readonly<Record<string, readonly InterfaceAddress[]>>
  readonly endianness?: 'LE' | 'BE'
  readonly defaultSources?: DefaultSources
}

/** A Linux machine's NICs, ordered by index. */
export function linuxInterfaces(snapshot: LinuxSnapshot): Interface[] {
  const ipv6 = parseProcNetIfInet6(snapshot.ifInet6)
  const links = snapshot.sysfs.flatMap((nic) => parseSysfsNic(nic) ?? [])
  const nics = [...links, ...linksWithoutSysfs(links, snapshot, ipv6)].map((link) =>
    toNic(link, snapshot, ipv6),
  )
  const routes = [
    ...parseProcNetRoute(snapshot.route, snapshot.endianness),
    ...parseProcNetIpv6Route(snapshot.ipv6Route),
  ]
  return withRoutes(
    nics.toSorted((a, b) => a.index - b.index),
    routes,
    snapshot.defaultSources,
  )
}

function toNic(link: LinuxLink, { ipv4 }: LinuxSnapshot, ipv6: readonly LinuxIpv6Address[]): Nic {
  const own = ipv6.filter(({ nic }) => nic === link.name).map(({ address }) => address)
  return { ...link, humanName: link.name, addresses: [...(ipv4[link.name] ?? []), ...own] }
}

/** Sandboxes hide sysfs: then the NICs are those that have addresses. */
function linksWithoutSysfs(
  known: readonly LinuxLink[],
  { ipv4 }: LinuxSnapshot,
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
