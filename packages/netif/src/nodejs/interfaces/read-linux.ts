import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { endianness } from 'node:os'
import type { Interface } from '../../interfaces/interface.ts'
import { linuxInterfaces, type LinuxSnapshot } from '../../linux/linux-interfaces.ts'
import type { SysfsNic } from '../../linux/sysfs-nic.ts'
import { defaultSources } from './default-sources.ts'
import { ipv4Addresses, listAddresses } from '../sockets/node-addresses.ts'
import { isExhaustion, translateOsError } from '../sockets/os-error.ts'

const SYSFS = '/sys/class/net'
const SYSFS_FILES = ['address', 'flags', 'ifindex', 'mtu', 'operstate', 'tun_flags', 'type', 'uevent']

/**
 * Reads the NICs from `/proc` and `/sys`. These files are memory: reading them never waits for a disk. Where the system
 * refuses the list of addresses, the NIC of the default route has the address that the kernel picks for the Internet.
 * Fails where that is not known either.
 */
export async function readLinux(): Promise<Interface[]> {
  const listed = listOrFault()
  const interfaces = linuxInterfaces({
    sysfs: readSysfs(),
    route: readText('/proc/net/route'),
    ipv6Route: readText('/proc/net/ipv6_route'),
    ifInet6: readText('/proc/net/if_inet6'),
    ...('ipv4' in listed && { ipv4: listed.ipv4 }),
    endianness: endianness(),
    defaultSources: await defaultSources(),
  })
  const isKnown = interfaces.some(({ type, addresses }) => type !== 'loopback' && addresses.length > 0)
  if ('fault' in listed && !isKnown) throw listed.fault
  return interfaces
}

type Listed = Required<Pick<LinuxSnapshot, 'ipv4'>> | { readonly fault: Error }

function listOrFault(): Listed {
  try {
    return { ipv4: ipv4Addresses(listAddresses()) }
  } catch (error) {
    if (isExhaustion(error)) throw error
    return { fault: error as Error }
  }
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

function readText(path: string): string {
  return attempt(`read ${path}`, () => readFileSync(path, 'utf8'), '')
}

function list(path: string): string[] {
  return attempt(`list ${path}`, () => readdirSync(path), [])
}

function linkTarget(path: string): string {
  return attempt(`follow ${path}`, () => readlinkSync(path), '')
}

/**
 * Reads something, or gives `missing` when it is not there: a kernel without IPv6, a sandbox without sysfs, a NIC that
 * just went. `bonding_masters` is a file beside the NICs. A process without descriptors knows nothing, and fails.
 */
function attempt<Value>(doing: string, read: () => Value, missing: Value): Value {
  try {
    return read()
  } catch (error) {
    if (isExhaustion(error)) throw translateOsError(error, doing)
    return missing
  }
}
