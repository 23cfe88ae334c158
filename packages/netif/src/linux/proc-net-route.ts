import type { SystemRoute } from '../routes/system-route.ts'

const RTF_UP = 0x1
const RTF_GATEWAY = 0x2
const RTF_REJECT = 0x200
const COLUMNS = { nic: 0, destination: 1, gateway: 2, flags: 3, metric: 6, mask: 7 } as const

/** Parses `/proc/net/route`: the main IPv4 table, addresses as hexadecimal numbers in the host's byte order. */
export function parseProcNetRoute(text: string, endianness: 'LE' | 'BE' = 'LE'): SystemRoute[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => parseLine(line, endianness) ?? [])
}

function parseLine(line: string, endianness: 'LE' | 'BE'): SystemRoute | undefined {
  const fields = line.trim().split(/\s+/)
  const nic = fields[COLUMNS.nic]
  const destination = parseAddress(fields[COLUMNS.destination], endianness)
  const gateway = parseAddress(fields[COLUMNS.gateway], endianness)
  const mask = parseAddress(fields[COLUMNS.mask], endianness)
  const flags = Number.parseInt(fields[COLUMNS.flags] ?? '', 16)
  const metric = Number(fields[COLUMNS.metric])
  if (nic === undefined || !destination || !gateway || !mask || !Number.isInteger(metric)) return undefined
  if ((flags & RTF_UP) === 0 || (flags & RTF_REJECT) !== 0) return undefined
  return {
    family: 'IPv4',
    nic,
    destination,
    prefixLength: countOnes(mask),
    ...((flags & RTF_GATEWAY) !== 0 && { gateway }),
    metric,
  }
}

function parseAddress(hex: string | undefined, endianness: 'LE' | 'BE'): string | undefined {
  if (hex === undefined || !/^[0-9a-f]{8}$/i.test(hex)) return undefined
  const bytes = hex.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? []
  return (endianness === 'LE' ? bytes.reverse() : bytes).join('.')
}

function countOnes(mask: string): number {
  return mask.split('.').reduce((sum, byte) => sum + Number(byte).toString(2).replaceAll('0', '').length, 0)
}
