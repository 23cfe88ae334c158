/** The configuration of a namespace. */
export interface NamespaceSetup {
  /** Lines of `ip -batch`: devices, addresses, routes. A line for IPv6 starts with `-6`. */
  readonly ip: readonly string[]
  /** Values by file below /proc/sys/net. @default none */
  readonly sysctls?: Readonly<Record<string, string>>
  /** The content of /etc/hosts inside. @default that of the machine */
  readonly hostsFile?: string
}

/** Printed on standard error when the namespace is configured. */
export const NAMESPACE_READY = 'namespace ready'
/** Printed on standard error by socat when the bridge works. */
export const BRIDGE_READY = 'starting data transfer loop'

/** A bridge's socket buffer, for a burst of 1,000 full packets. The system's limit (rmem_max) may be lower. */
const BUFFER_BYTES = 4 * 1024 * 1024

/** Between two starts of a bridge whose device is down; packets that arrive meanwhile wait in its socket. */
const RESTART_SECONDS = 0.1

/**
 * The bash script of the process that keeps a namespace. It makes new network and mount namespaces, configures
 * them and sleeps. The namespaces end with it.
 */
export function keeperScript({ ip, sysctls = {}, hostsFile }: NamespaceSetup): string {
  const inner = [
    'set -e',
    // Shows the namespace's own /sys/class/net. Containers refuse it and show the outer one.
    'mount -t sysfs sysfs /sys 2>/dev/null || true',
    ...(hostsFile === undefined ? [] : mountHostsFile(hostsFile)),
    ...Object.entries(sysctls).map(([path, value]) => `echo ${quoteWord(value)} > /proc/sys/net/${path}`),
    ...ipBatches(['link set lo up', ...ip]),
    `echo ${NAMESPACE_READY} >&2`,
    'exec sleep infinity',
  ].join('\n')
  return `exec unshare --net --mount --propagation private bash -c ${quoteWord(inner)}`
}

/** The commands that run lines of `ip -batch`. */
export function ipBatches(lines: readonly string[]): string[] {
  const ipv6 = lines.filter((line) => line.startsWith('-6 '))
  const rest = lines.filter((line) => !line.startsWith('-6 '))
  const batch = (option: string, part: string[]) =>
    part.length === 0 ? [] : [`ip ${option}-batch - <<END`, ...part, 'END']
  return [
    ...batch('', rest),
    ...batch(
      '-6 ',
      ipv6.map((line) => line.slice(3)),
    ),
  ]
}

/** The file is in memory and has no name, so there is nothing to clean up. */
function mountHostsFile(content: string): string[] {
  return [
    'mount -t tmpfs tmpfs /mnt',
    `printf %s ${quoteWord(content)} > /mnt/hosts`,
    'mount --bind /mnt/hosts /etc/hosts',
    'umount --lazy /mnt',
  ]
}

/**
 * The bash script that connects a TUN device to the router. It opens a socket in the router's namespace, sends its
 * greeting, and runs `socat` in the host's namespace. A packet for a device that is down ends `socat`: it starts anew, so that
 * the device works when it is up again.
 */
export function bridgeScript(
  device: string,
  keeperPid: number,
  routerPort: number,
  greeting: string,
): string {
  const enter = `setpriv --pdeathsig KILL -- nsenter --target ${keeperPid} --net`
  return [
    'set -e',
    `exec 3<>/dev/udp/127.0.0.1/${routerPort}`,
    `printf %s ${quoteWord(greeting)} >&3`,
    // The namespace is gone when the keeper is.
    `while kill -0 ${keeperPid}; do`,
    `${enter} socat -d -d FD:3,rcvbuf=${BUFFER_BYTES} TUN,iff-no-pi,tun-name=${device} || sleep ${RESTART_SECONDS}`,
    'done',
  ].join('\n')
}

function quoteWord(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** The lines that make a TUN device, up and without addresses. */
export function tunLines(device: string, mtu: number): string[] {
  return [
    `tuntap add dev ${device} mode tun`,
    // No automatic link-local address: the host would solicit routers on a link without routers.
    `link set ${device} mtu ${mtu} addrgenmode none up`,
  ]
}

/** The addresses and gateways of a NIC. */
export interface NicAddressing {
  readonly device: string
  /** `192.0.2.1/24`, `2001:db8::1/64`. */
  readonly addresses: readonly string[]
  readonly gateways: readonly string[]
  /** The number of the NIC on its host: the first is preferred. */
  readonly index: number
}

/** The lab's routing tables start here, because Linux uses some numbers below 256. iproute2, rt_tables. */
const FIRST_TABLE = 1000
const FIRST_METRIC = 100

/** The lines for the addresses and default routes of a NIC. A packet leaves by the NIC of its source address. */
export function addressLines({ device, addresses, gateways, index }: NicAddressing): string[] {
  const defaults = (option: string) =>
    gateways.map((gateway) => `route add default via ${gateway} dev ${device} onlink ${option}`)
  const table = FIRST_TABLE + index
  return [
    ...inPreferenceOrder(addresses).map(
      // Without duplicate detection an address can be used at once. RFC 4862 §5.4.
      (address) => `addr add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`,
    ),
    ...defaults(`metric ${FIRST_METRIC + index}`),
    ...(index === 0 ? [] : [...defaults(`table ${table}`), ...sourceRules(addresses, table)]),
  ]
}

/** Linux prefers the IPv4 address that was added first, and the IPv6 address that was added last. */
function inPreferenceOrder(addresses: readonly string[]): string[] {
  const isIpv6 = (address: string) => address.includes(':')
  return [...addresses.filter((address) => !isIpv6(address)), ...addresses.filter(isIpv6).reverse()]
}

function sourceRules(addresses: readonly string[], table: number): string[] {
  return addresses.map((address) => {
    const [ip = ''] = address.split('/')
    return `${ip.includes(':') ? '-6 ' : ''}rule add from ${ip} table ${table}`
  })
}
