import type { InterfaceAddress } from '../interfaces/interface.ts'
import { scopeOf } from '../ip/ip-scope.ts'
import { parseHexAddress } from './hex-address.ts'

// Flags of linux/if_addr.h; the file shows the lowest eight.
const IFA_F_TEMPORARY = 0x01
const IFA_F_OPTIMISTIC = 0x04
const IFA_F_DADFAILED = 0x08
const IFA_F_DEPRECATED = 0x20
const IFA_F_TENTATIVE = 0x40

/** An IPv6 address and the NIC it is on. */
export interface LinuxIpv6Address {
  readonly nic: string
  readonly index: number
  readonly address: InterfaceAddress
}

/** Parses `/proc/net/if_inet6`: address, NIC index, prefix length, scope, flags, NIC. */
export function parseProcNetIfInet6(text: string): LinuxIpv6Address[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? [])
}

function parseLine(line: string): LinuxIpv6Address | undefined {
  const [hex, index = '', length = '', , flagText = '', nic] = line.trim().split(/\s+/)
  const ip = parseHexAddress(hex)
  const flags = Number.parseInt(flagText, 16)
  if (ip === undefined || nic === undefined || !isUsable(flags)) return undefined
  return {
    nic,
    index: Number.parseInt(index, 16),
    address: {
      family: 'IPv6',
      ip,
      prefixLength: Number.parseInt(length, 16),
      scope: scopeOf(ip),
      temporary: (flags & IFA_F_TEMPORARY) !== 0,
      deprecated: (flags & IFA_F_DEPRECATED) !== 0,
    },
  }
}

/** An address under duplicate detection cannot be bound, unless it is an optimistic one. RFC 4862 §5.4, RFC 4429. */
function isUsable(flags: number): boolean {
  if (Number.isNaN(flags) || (flags & IFA_F_DADFAILED) !== 0) return false
  return (flags & IFA_F_TENTATIVE) === 0 || (flags & IFA_F_OPTIMISTIC) !== 0
}
