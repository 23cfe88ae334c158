/** What a namespace is to have inside when it is ready. */
export interface NamespaceSetup {
  /** Lines of `ip -batch`: devices, addresses, routes. */
  readonly ip: readonly string[]
  /** Files below /proc/sys/net and what to write there. @default none */
  readonly sysctls?: Readonly<Record<string, string>>
  /** The TUN device that the router serves. @default none */
  readonly tun?: TunSetup
}

/** A TUN device and where its packets go. */
export interface TunSetup {
  readonly name: string
  /** The router's UDP port on 127.0.0.1. */
  readonly port: number
  /** Its first datagram: tells the router which host the sender is. */
  readonly greeting: string
}

/** Printed on standard error once everything is configured; socat has its own words for it. */
export const READY = /starting data transfer loop|^namespace ready$/m

/** Socket buffer of the bridge: a burst of 1,000 full packets; the system's limit (rmem_max) may be lower. */
const BUFFER_BYTES = 4 * 1024 * 1024

/**
 * The bash script that becomes a namespace's keeper. It opens the socket to the router first, while it is
 * still outside, enters new network and mount namespaces, configures them and ends as `socat` or `sleep`:
 * one process a host, and everything is gone when that is.
 */
export function keeperScript({ ip, sysctls = {}, tun }: NamespaceSetup): string {
  const inner = [
    'set -e',
    // Shows the namespace's own /sys/class/net; containers refuse it, and then the outer one shows.
    'mount -t sysfs sysfs /sys 2>/dev/null || true',
    ...Object.entries(sysctls).map(([path, value]) => `echo ${quoteWord(value)} > /proc/sys/net/${path}`),
    'ip -batch - <<END',
    'link set lo up',
    ...ip,
    'END',
    tun === undefined ? 'echo namespace ready >&2; exec sleep infinity' : bridge(tun),
  ].join('\n')
  return [
    'set -e',
    ...(tun === undefined
      ? []
      : [`exec 3<>/dev/udp/127.0.0.1/${tun.port}`, `printf %s ${quoteWord(tun.greeting)} >&3`]),
    `exec unshare --net --mount --propagation private bash -c ${quoteWord(inner)}`,
  ].join('\n')
}

function bridge({ name }: TunSetup): string {
  return `exec socat -d -d FD:3,rcvbuf=${BUFFER_BYTES} TUN,iff-no-pi,tun-name=${name}`
}

function quoteWord(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** The lines that make a TUN device and give it addresses (`192.0.2.1/24`) and default routes. */
export function tunDevice(
  name: string,
  addresses: readonly string[],
  gateways: readonly string[],
  mtu: number,
): string[] {
  return [
    `tuntap add dev ${name} mode tun`,
    // No link-local address of its own making: it would ask for routers on a link that has none.
    `link set ${name} mtu ${mtu} addrgenmode none up`,
    ...addressLines(name, addresses, gateways),
  ]
}

/** The lines that give a device addresses (`192.0.2.1/24`) and default routes. */
export function addressLines(
  name: string,
  addresses: readonly string[],
  gateways: readonly string[],
): string[] {
  return [
    // Without duplicate detection an address can be used at once. RFC 4862 §5.4.
    ...addresses.map((address) => `addr add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`),
    ...gateways.map((gateway) => `route add default via ${gateway} dev ${name} onlink`),
  ]
}
