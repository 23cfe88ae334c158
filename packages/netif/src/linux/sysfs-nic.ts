import type { InterfaceType } from '../interfaces/interface.ts'

/** The contents of `/sys/class/net/NAME`. */
export interface SysfsNic {
  readonly name: string
  /** Where the symbolic link leads: `../../devices/virtual/net/lo`. */
  readonly target: string
  /** The names in the folder: `wireless`, `bridge`, `tun_flags` tell what it is. */
  readonly entries: readonly string[]
  /** Contents of `address`, `flags`, `ifindex`, `mtu`, `operstate`, `tun_flags`, `type`, `uevent`. */
  readonly files: Readonly<Record<string, string>>
}

/** The facts that sysfs has about a NIC; the addresses are elsewhere. */
export interface LinuxLink {
  readonly name: string
  readonly index: number
  readonly mac?: string
  readonly mtu: number
  readonly up: boolean
  readonly type: InterfaceType
}

const IFF_UP = 0x1
const IFF_LOOPBACK = 0x8
const IFF_TAP = 0x2 // linux/if_tun.h
/** `unknown` is what drivers without a carrier say: loopback, tunnels. RFC 2863 §3.1.14. */
const UP_STATES: readonly string[] = ['up', 'unknown']

/** Types by device kind, as `DEVTYPE` in `uevent` names it. */
const DEVICE_KINDS: Readonly<Record<string, InterfaceType>> = {
  wlan: 'wifi',
  wwan: 'mobile',
  bridge: 'bridge',
  bond: 'ethernet',
  vlan: 'ethernet',
  wireguard: 'vpn',
  ppp: 'vpn',
  vxlan: 'virtual',
}

/** Types by hardware number, of linux/if_arp.h: what carries IP in something else, or without a link layer. */
const HARDWARE_TYPES: Readonly<Record<number, InterfaceType>> = {
  512: 'vpn', // PPP: a tunnel, or a modem that does not say so
  519: 'mobile', // raw IP, as LTE modems have it
  768: 'vpn', // IPIP
  769: 'vpn', // IPv6 in IPv6
  772: 'loopback',
  776: 'vpn', // SIT: IPv6 in IPv4
  778: 'vpn', // GRE
  823: 'vpn', // GRE over IPv6
  65534: 'vpn', // none: TUN, WireGuard
}

/** Understands a NIC's folder in sysfs; undefined when the NIC went away while it was read. */
export function parseSysfsNic(nic: SysfsNic): LinuxLink | undefined {
  const { name, files } = nic
  const index = Number(files.ifindex?.trim() || Number.NaN)
  if (!Number.isInteger(index)) return undefined
  const mac = parseMac(files.address)
  return {
    name,
    index,
    ...(mac !== undefined && { mac }),
    mtu: Number(files.mtu?.trim() ?? 0),
    up: (flagsOf(nic) & IFF_UP) !== 0 && UP_STATES.includes(files.operstate?.trim() ?? 'unknown'),
    type: typeOf(nic),
  }
}

function typeOf(nic: SysfsNic): InterfaceType {
  const { name, entries, files, target } = nic
  if ((flagsOf(nic) & IFF_LOOPBACK) !== 0) return 'loopback'
  if (entries.includes('wireless') || entries.includes('phy80211')) return 'wifi'
  if (entries.includes('bridge')) return 'bridge'
  if (entries.includes('tun_flags')) return tunType(name, files.tun_flags)
  const kind = DEVICE_KINDS[/^DEVTYPE=(\w+)$/m.exec(files.uevent ?? '')?.[1] ?? '']
  const byHardware = HARDWARE_TYPES[Number(files.type)]
  if (/^(wwan|rmnet)/.test(name)) return 'mobile' // drivers that give neither number nor kind
  return kind ?? byHardware ?? (entries.includes('bonding') || !isVirtual(target) ? 'ethernet' : 'virtual')
}

/** TUN devices are VPNs; TAP ones belong to virtual machines, except for VPN programs that name theirs. */
function tunType(name: string, tunFlags: string | undefined): InterfaceType {
  const tap = (Number(tunFlags?.trim()) & IFF_TAP) !== 0
  return tap && !/^(zt|tap-?vpn|ham|edge)/.test(name) ? 'virtual' : 'vpn'
}

function isVirtual(target: string): boolean {
  return target.includes('/virtual/')
}

function flagsOf({ files }: SysfsNic): number {
  return Number(files.flags?.trim() || 0)
}

/** Tunnels write their own IP address there, loopback writes zeros. */
function parseMac(text: string | undefined): string | undefined {
  const mac = text?.trim().toLowerCase() ?? ''
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && mac !== '00:00:00:00:00:00' ? mac : undefined
}
