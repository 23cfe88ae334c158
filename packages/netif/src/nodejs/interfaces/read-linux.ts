import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { endianness, networkInterfaces } from 'node:os'
import type { Interface } from '../../interfaces/interface.ts'
import { linuxInterfaces } from '../../linux/linux-interfaces.ts'
import type { SysfsNic } from '../../linux/sysfs-nic.ts'
import { defaultSources } from './default-sources.ts'
import { ipv4Addresses } from '../sockets/node-addresses.ts'

const SYSFS = '/sys/class/net'
const SYSFS_FILES = ['address', 'flags', 'ifindex', 'mtu', 'operstate', 'tun_flags', 'type', 'uevent']

/** Reads the NICs from `/proc` and `/sys`. These files are memory: reading them never waits for a disk. */
export async function readLinux(): Promise<Interface[]> {
  return linuxInterfaces({
    sysfs: readSysfs(),
    route: readText('/proc/net/route'),
    ipv6Route: readText('/proc/net/ipv6_route'),
    ifInet6: readText('/proc/net/if_inet6'),
    ipv4: ipv4Addresses(networkInterfaces()),
    endianness: endianness(),
    defaultSources: await defaultSources(),
  })
}

function readSysfs(): SysfsNic[] {
  return list(SYSFS).map((name) => {
    const entries = list(`${SYSFS}/${name}`)
    const present = SYSFS_FILES.filter((file) => entries.includes(file))
    return {
      name,
      target: linkTarget(`${SYSFS}/${name}`),
      entries,
      files: Object.fromEntries(present.map((file) => [file, readText(`${SYSFS}/${name}/${file}`)])),
    }
  })
}

/** Empty when there is none: a kernel without IPv6, a sandbox without sysfs, a NIC that just went. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // what is not there says nothing, and the parser knows what that means
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return [] // as above; `bonding_masters` is a file beside the NICs
  }
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // as above
  }
}
