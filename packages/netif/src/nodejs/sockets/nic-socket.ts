import { readFileSync } from 'node:fs'
import { endianness } from 'node:os'
import { splitZone } from '../../ip/ip-literal.ts'
import { parseIp } from '../../ip/ip-number.ts'
import { type Family, familyOf } from '../../ip/family.ts'
import { formatTransportAddress, type TransportAddress } from '../../ip/transport-address.ts'
import { defaultSource } from '../interfaces/default-sources.ts'
import { checked, type Libc, loadLibc } from './libc.ts'
import { listAddresses, type NicAddresses, nicOfLabel } from './node-addresses.ts'
import { isExhaustion } from './os-error.ts'

// Linux' numbers, the same on every processor that koffi is built for: asm-generic/socket.h,
// linux/in.h, linux/in6.h, linux/net.h.
const SOCK_STREAM = 1
const SOCK_DGRAM = 2
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const AF = { IPv4: 2, IPv6: 10 } as const
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const SO_BINDTODEVICE = 25
const IPPROTO_IP = 0
const IPPROTO_IPV6 = 41
const IP_UNICAST_IF = 50
const IPV6_V6ONLY = 26

/**
 * Opens a socket that leaves through a NIC whatever the routing table says, and binds it. Undefined
 * where the system cannot do that: not on Linux, without koffi, not permitted before Linux 5.7. Undefined, too, where the
 * NIC is the default: a socket that is not tied to it reaches the other addresses of the machine as well.
 *
 * `SO_BINDTODEVICE` binds both ways: over IPv4 such a socket receives nothing from the machine itself, whose
 * packets to its own addresses come from loopback. UDP has `IP_UNICAST_IF`, which binds the way out alone;
 * TCP has not, hence `reachesItself`. (IPv6 knows the NIC of its own addresses, and takes
 * `IPV6_UNICAST_IF` for no more than a hint once a source address is bound.)
 */
export async function openNicSocket(
  transport: 'tcp' | 'udp',
  local: TransportAddress,
  nic: string,
): Promise<number | undefined> {
  const libc = await loadLibc()
  const family = familyOf(local.ip)
  if (libc === undefined || (await isDefault(nic, family))) return undefined
  const doing = `bind to ${formatTransportAddress(local)} on ${nic}`
  const type = (transport === 'udp' ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC
  const fd = checked(libc, libc.socket(AF[family], type, 0), doing)
  try {
    if (!tie(libc, fd, transport, local, nic)) {
      libc.close(fd)
      return undefined
    }
    const address = encodeSocketAddress(local)
    checked(libc, libc.bind(fd, address, address.length), doing)
    return fd
  } catch (error) {
    libc.close(fd)
    throw error
  }
}

async function isDefault(nic: string, family: Family): Promise<boolean> {
  const source = await defaultSource(family)
  const listed = listUnlessRefused()
  if (listed === undefined) return true // Nothing is known but the default.
  const own = Object.entries(listed).filter(([label]) => nicOfLabel(label) === nic)
  return own.some(([, addresses]) => addresses?.some(({ address }) => address === source))
}

/** Whether a destination is one of the machine's own addresses. */
export function reachesItself(ip: string): boolean {
  const { value } = parseIp(ip)
  const own = Object.values(listUnlessRefused() ?? {}).flatMap((addresses) => addresses ?? [])
  return own.some(({ address }) => familyOf(address) === familyOf(ip) && parseIp(address).value === value)
}

/** Undefined where the system refuses its list of NICs. */
function listUnlessRefused(): NicAddresses | undefined {
  try {
    return listAddresses()
  } catch (error) {
    if (isExhaustion(error)) throw error
    return undefined
  }
}

function tie(
  libc: Libc,
  fd: number,
  transport: 'tcp' | 'udp',
  { ip }: TransportAddress,
  nic: string,
): boolean {
  const family = familyOf(ip)
  const set = (level: number, name: number, value: Uint8Array) =>
    libc.setsockopt(fd, level, name, value, value.length) >= 0
  if (family === 'IPv6' && !set(IPPROTO_IPV6, IPV6_V6ONLY, nativeNumber(1))) return false
  if (transport === 'udp' && family === 'IPv4')
    return set(IPPROTO_IP, IP_UNICAST_IF, networkNumber(indexOf(nic)))
  if (transport === 'tcp' && !set(SOL_SOCKET, SO_REUSEADDR, nativeNumber(1))) return false
  return set(SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${nic}\0`))
}

function indexOf(nic: string): number {
  return Number(readFileSync(`/sys/class/net/${nic}/ifindex`, 'utf8'))
}

/** `struct sockaddr_in` and `sockaddr_in6`. RFC 3493 §3.3. */
function encodeSocketAddress({ ip, port }: TransportAddress): Uint8Array {
  const family = familyOf(ip)
  const { zone } = splitZone(ip)
  const digits = parseIp(ip).value.toString(16)
  const address = Buffer.from(digits.padStart(family === 'IPv6' ? 32 : 8, '0'), 'hex')
  const head = [
    nativeNumber(AF[family])
      .subarray(endianness() === 'LE' ? 0 : 2)
      .subarray(0, 2),
    networkNumber(port).subarray(2),
  ]
  if (family === 'IPv4') return Buffer.concat([...head, address, Buffer.alloc(8)])
  return Buffer.concat([
    ...head,
    Buffer.alloc(4),
    address,
    nativeNumber(zone === undefined ? 0 : indexOf(zone)),
  ])
}

/** An `int` as the processor has it. */
function nativeNumber(value: number): Buffer {
  return Buffer.from(new Uint32Array([value]).buffer)
}

function networkNumber(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
