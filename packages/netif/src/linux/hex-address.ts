import { formatIp } from '../ip/ip-number.ts'

/** Reads an IPv6 address as `/proc/net` writes it: 32 hexadecimal digits. */
export function parseHexAddress(hex: string | undefined): string | undefined {
  if (hex === undefined || !/^[0-9a-f]{32}$/i.test(hex)) return undefined
  return formatIp({ family: 'IPv6', value: BigInt(`0x${hex}`) })
}
