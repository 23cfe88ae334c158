import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import type { InterfaceAddress } from '../../interfaces/interface.ts'
import { scopeOf } from '../../ip/ip-scope.ts'
import { translateOsError } from './os-error.ts'

/** The result of `os.networkInterfaces`. */
export type NicAddresses = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/**
 * The addresses as Node lists them. Throws a `NetifError` where the system does not tell: it has no descriptors left, or it
 * refuses, as Android and some sandboxes do.
 */
export function listAddresses(): NicAddresses {
  try {
    return networkInterfaces()
  } catch (error) {
    throw translateOsError(error, 'list the NICs')
  }
}

/** IPv4 addresses by NIC. An alias (`eth0:1`) is an address of its NIC. */
export function ipv4Addresses(nics: NicAddresses): Record<string, InterfaceAddress[]> {
  const byNic: Record<string, InterfaceAddress[]> = {}
  for (const [label, addresses] of Object.entries(nics)) {
    const own = addresses?.filter(({ family }) => family === 'IPv4').map(toAddress) ?? []
    const name = nicOfLabel(label)
    byNic[name] = [...(byNic[name] ?? []), ...own]
  }
  return byNic
}

/** The NIC that an IPv4 label stands for: Linux lets each address carry one. */
export function nicOfLabel(label: string): string {
  return process.platform === 'linux' ? label.replace(/:.*$/, '') : label
}

function toAddress({ address, netmask }: NetworkInterfaceInfo): InterfaceAddress {
  const ones = netmask
    .split('.')
    .reduce((sum, byte) => sum + Number(byte).toString(2).replaceAll('0', '').length, 0)
  return {
    family: 'IPv4',
    ip: address,
    prefixLength: ones,
    scope: scopeOf(address),
    temporary: false,
    deprecated: false,
  }
}
