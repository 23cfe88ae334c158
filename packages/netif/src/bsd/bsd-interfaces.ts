import type { Interface, InterfaceType } from '../interfaces/interface.ts'
import { parseNetstatRoutes } from '../macos/netstat-routes.ts'
import { type DefaultSources, withRoutes } from '../routes/system-route.ts'
import { type BsdNic, parseBsdIfconfig } from './bsd-ifconfig.ts'

/** The outputs of the tools of FreeBSD, OpenBSD or NetBSD. */
export interface BsdSnapshot {
  /** `ifconfig -a` */
  readonly ifconfig: string
  /** `netstat -rn -f inet` and `netstat -rn -f inet6`, one after the other */
  readonly routes: string
  readonly defaultSources?: DefaultSources
}

/** The NICs of a BSD system, ordered by index. */
export function bsdInterfaces({ ifconfig, routes, defaultSources }: BsdSnapshot): Interface[] {
  const nics = parseBsdIfconfig(ifconfig).map(({ groups, media, ...nic }) => ({
    ...nic,
    humanName: nic.name,
    type: typeOf(nic.name, { groups, media }),
  }))
  return withRoutes(
    nics.toSorted((a, b) => a.index - b.index),
    parseNetstatRoutes(routes),
    defaultSources,
  )
}

/** Types by group, which people cannot rename, then by the name that the driver gives. The first that fits counts. */
const TYPES: readonly (readonly [RegExp, InterfaceType])[] = [
  [/^lo\d*$/, 'loopback'],
  [/^wlan\d*$/, 'wifi'],
  [/^(wg|tun|gif|gre|stf|ppp|pppoe|ng|enc|ipsec|sec|vpn|ovpn)\d*$/, 'vpn'],
  [/^(bridge|veb)\d*$/, 'bridge'],
  [/^(umb|urndis|ue|ppp)\d+$/, 'mobile'],
  [/^(epair|tap|vether|vport|pflog|pfsync|vnet|vm|switch|pair)\d*[ab]?$/, 'virtual'],
]

function typeOf(name: string, { groups, media }: Pick<BsdNic, 'groups' | 'media'>): InterfaceType {
  if (/IEEE ?802\.?11/i.test(media ?? '')) return 'wifi'
  const words = [...groups, name]
  const found = TYPES.find(([pattern]) => words.some((word) => pattern.test(word)))
  return found?.[1] ?? 'ethernet'
}
