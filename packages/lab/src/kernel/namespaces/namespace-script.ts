/** What a namespace is to have inside when it is ready. */
export interface NamespaceSetup {
  /** Lines of `ip -batch`: devices, addresses, routes. One that needs `-6` starts with it. */
  readonly ip: readonly string[]
  /** Files below /proc/sys/net and what to write there. @default none */
  readonly sysctls?: Readonly<Record<string, string>>
  /** What /etc/hosts says inside. @default what it says outside */
  readonly hostsFile?: string
}

/** Printed on standard error once everything is there. */
export const NAMESPACE_READY = 'namespace ready'
/** What socat says on standard error at that moment. */
export const BRIDGE_READY = 'starting data transfer loop'

/** A bridge's socket buffer: a burst of 1,000 full packets; the system's limit (rmem_max) may be lower. */
const BUFFER_BYTES = 4 * 1024 * 1024

/**
 * The bash script of a namespace's keeper: it makes new network and mount namespaces, configures them and
 * sleeps. Everything is gone when it is.
 */
export function keeperScript({ ip, sysctls = {}, hostsFile }: NamespaceSetup): string {
  const inner = [
    'set -e',
    // Shows the namespace's own /sys/class/net; containers refuse it, and then the outer one shows.
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

/** The file lives in memory and has no name: nothing to clean up. */
function mountHostsFile(content: string): string[] {
  return [
    'mount -t tmpfs tmpfs /mnt',
    `printf %s ${quoteWord(content)} > /mnt/hosts`,
    'mount --bind /mnt/hosts /etc/hosts',
    'umount --lazy /mnt',
  ]
}

/**
 * The bash script that joins a TUN device to the router: it opens the socket while it is still in the router's
 * namespace, says its greeting, enters the host's and becomes `socat`.
 */
export function bridgeScript(
  device: string,
  keeperPid: number,
  routerPort: number,
  greeting: string,
): string {
  return [
    'set -e',
    `exec 3<>/dev/udp/127.0.0.1/${routerPort}`,
    `printf %s ${quoteWord(greeting)} >&3`,
    `exec nsenter --target ${keeperPid} --net socat -d -d FD:3,rcvbuf=${BUFFER_BYTES} TUN,iff-no-pi,tun-name=${device}`,
  ].join('\n')
}

function quoteWord(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** The lines that make a TUN device, up and without addresses. */
export function tunLines(device: string, mtu: number): string[] {
  return [
    `tuntap add dev ${device} mode tun`,
    // No link-local address of its own making: it would ask for routers on a link that has none.
    `link set ${device} mtu ${mtu} addrgenmode none up`,
  ]
}

/** How a NIC is addressed. */
export interface NicAddressing {
  readonly device: string
  /** `192.0.2.1/24`, `2001:db8::1/64`. */
  readonly addresses: readonly string[]
  readonly gateways: readonly string[]
  /** Which of the host's NICs it is: the first is preferred. */
  readonly index: number
}

/** Own routing tables start here: the numbers below 256 have meanings. iproute2, rt_tables. */
const FIRST_TABLE = 1000
const FIRST_METRIC = 100

/** The lines that give a NIC addresses and default routes; what is sent from an address leaves by its NIC. */
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

/** Linux prefers the IPv4 address that it got first, and the IPv6 one that it got last. */
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
