import type { SystemRoute } from '../routes/system-route.ts'
import { parseHexAddress } from './hex-address.ts'

const RTF_UP = 0x1
const RTF_GATEWAY = 0x2
const RTF_REJECT = 0x200

/**
 * Parses `/proc/net/ipv6_route`: destination, prefix length, source, its prefix length, next hop,
 * metric, two counters, flags, NIC. The kernel's catch-all entry on `lo` is a rejecting one.
 */
export function parseProcNetIpv6Route(text: string): SystemRoute[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? [])
}

function parseLine(line: string): SystemRoute | undefined {
  const [target, length = '', , , hop, metric = '', , , flags = '', nic] = line.trim().split(/\s+/)
  const destination = parseHexAddress(target)
  const gateway = parseHexAddress(hop)
  const bits = Number.parseInt(flags, 16)
  if (nic === undefined || !destination || !gateway || (bits & RTF_UP) === 0 || (bits & RTF_REJECT) !== 0) {
    return undefined
  }
  return {
    family: 'IPv6',
    nic,
    destination,
    prefixLength: Number.parseInt(length, 16),
    ...((bits & RTF_GATEWAY) !== 0 && { gateway }),
    metric: Number.parseInt(metric, 16),
  }
}
