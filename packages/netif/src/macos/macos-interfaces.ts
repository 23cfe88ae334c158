import type { Interface, InterfaceType } from '../interfaces/interface.ts'
import { type DefaultSources, withRoutes } from '../routes/system-route.ts'
import { parseHardwarePorts } from './hardware-ports.ts'
import { parseIfconfig } from './ifconfig.ts'
import { parseNetstatLinks } from './netstat-links.ts'
import { parseNetstatRoutes } from './netstat-routes.ts'

/** The outputs of the system's tools. */
export interface MacosSnapshot {
  /** `ifconfig -a` */
  readonly ifconfig: string
  /** `netstat -rn` */
  readonly routes: string
  /** `netstat -in` */
  readonly links: string
  /** `networksetup -listallhardwareports` */
  readonly hardwarePorts: string
  readonly defaultSources?: DefaultSources
}

/** A Mac's NICs, ordered by index. */
export function macosInterfaces(snapshot: MacosSnapshot): Interface[] {
  const ports = parseHardwarePorts(snapshot.hardwarePorts)
  const indexes = parseNetstatLinks(snapshot.links)
  const nics = parseIfconfig(snapshot.ifconfig).map((nic, position) => ({
    ...nic,
    humanName: ports.get(nic.name) ?? nic.name,
    index: indexes.get(nic.name) ?? position + 1,
    type: typeOf(nic.name, ports.get(nic.name)),
  }))
  return withRoutes(
    nics.toSorted((a, b) => a.index - b.index),
    parseNetstatRoutes(snapshot.routes),
    snapshot.defaultSources,
  )
}

/** Types by the port's name, which macOS does not translate, then by the device's. The first that fits counts. */
const PORT_TYPES: readonly (readonly [RegExp, InterfaceType])[] = [
  [/wi-?fi|airport/i, 'wifi'],
  [/iphone|ipad|modem|wwan/i, 'mobile'],
  [/bridge/i, 'bridge'],
]
const DEVICE_TYPES: readonly (readonly [RegExp, InterfaceType])[] = [
  [/^lo\d/, 'loopback'],
  [/^(utun|ipsec|ppp|tun|tap|gif|stf)\d/, 'vpn'],
  [/^bridge\d/, 'bridge'],
  [/^pdp_ip\d/, 'mobile'],
  [/^(en|vlan|bond)\d/, 'ethernet'],
]

/** The others are Apple's own: `awdl0` (AirDrop), `llw0`, `anpi0`, `ap1`, virtual machines' `vmenet0`. */
function typeOf(name: string, port = ''): InterfaceType {
  const byPort = PORT_TYPES.find(([pattern]) => pattern.test(port))
  return (byPort ?? DEVICE_TYPES.find(([pattern]) => pattern.test(name)))?.[1] ?? 'virtual'
}
