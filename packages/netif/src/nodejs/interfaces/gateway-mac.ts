import { readFile } from 'node:fs/promises'
import { isLiteral, splitZone } from '../../ip/ip-literal.ts'
import { canonicalIp } from '../../ip/ip-number.ts'
import { familyOf } from '../../ip/family.ts'
import { runProgram, windowsProgram } from './run-program.ts'

/**
 * The hardware address of a neighbour, for instance a gateway, as the table of the system has it now.
 * Undefined when the table has no entry, or where the system does not show it. RFC 826, RFC 4861 §5.1.
 */
export async function gatewayMac(ip: string, interfaceName: string): Promise<string | undefined> {
  try {
    const windows = process.platform === 'win32'
    // Windows' programs group by NIC under headings that they translate: there the address has to do.
    return neighbourMac(await readTable(ip), ip, windows ? undefined : interfaceName)
  } catch {
    return undefined // a system without the table or its program does not tell
  }
}

/** The tables, without starting a program where that can be. */
function readTable(ip: string): Promise<string> {
  const isIpv6 = familyOf(ip) === 'IPv6'
  switch (process.platform) {
    case 'darwin':
    case 'freebsd':
    case 'openbsd':
    case 'netbsd':
      return isIpv6 ? runProgram('/usr/sbin/ndp', ['-an']) : runProgram('/usr/sbin/arp', ['-an'])
    case 'win32':
      return isIpv6
        ? runProgram(windowsProgram('netsh.exe'), ['interface', 'ipv6', 'show', 'neighbors'])
        : runProgram(windowsProgram('arp.exe'), ['-a'])
    default:
      return isIpv6 ? runProgram('ip', ['-6', 'neigh', 'show']) : readFile('/proc/net/arp', 'utf8')
  }
}

/** Six bytes, zeros in front left out on a Mac, hyphens in between on Windows. */
const MAC = /^[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}$/i

/** The address in an entry without an answer. */
const INCOMPLETE = '00:00:00:00:00:00'

/**
 * Finds a neighbour in the output of `/proc/net/arp`, `ip neigh`, `arp -an`, `ndp -an` or `netsh`. All have
 * a line for each, with its addresses and, except on Windows, its NIC among the words.
 */
export function neighbourMac(table: string, ip: string, interfaceName?: string): string | undefined {
  const wanted = addressIn(ip)
  for (const line of table.split('\n')) {
    const words = line.trim().split(/\s+/)
    if (!words.some((word) => addressIn(word) === wanted)) continue
    if (interfaceName !== undefined && !words.includes(interfaceName)) continue
    const mac = words
      .find((word) => MAC.test(word))
      ?.toLowerCase()
      .split(/[:-]/)
      .map((byte) => byte.padStart(2, '0'))
      .join(':')
    if (mac !== undefined && mac !== INCOMPLETE) return mac
  }
  return undefined
}

/** The address in a word, if there is one: `192.0.2.1`, `(192.0.2.1)`, `fe80::1%en0`. */
function addressIn(word: string): string | undefined {
  const { ip } = splitZone(word.replace(/^\(|\)$/g, ''))
  return isLiteral(ip) ? canonicalIp(ip) : undefined
}
