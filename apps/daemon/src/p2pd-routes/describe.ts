import { familyOf, groupRoutes, type Interface, type Route, type TransportAddress } from '@p2pd/netif'
import type { HeldPipe } from '../pipes/held-pipe.ts'

/** The numbers that systems give to address families, as Python prints them. */
const AF_INET = 2
const AF_INET6: Readonly<Partial<Record<NodeJS.Platform, number>>> = {
  linux: 10,
  android: 10,
  darwin: 30,
  freebsd: 28,
  openbsd: 24,
  netbsd: 24,
  aix: 24,
  sunos: 26,
  cygwin: 23,
  win32: 23,
}

function familyNumber(family: 'IPv4' | 'IPv6'): number {
  return family === 'IPv4' ? AF_INET : (AF_INET6[process.platform] ?? AF_INET6.linux ?? 0)
}

/** A pipe as P2PD describes it. */
export function describeConnection({ name, pipe }: HeldPipe, interfaces: readonly Interface[]): object {
  const { local, remote, connection } = pipe
  const offset = interfaces.findIndex(({ addresses }) => addresses.some(({ ip }) => ip === bare(local)))
  const nic = interfaces[offset]
  const family = familyOf(bare(local))
  const routes = nic === undefined ? [] : groupRoutes(nic.addresses.map(({ ip }) => ip))
  const own: Route = { family, nicAddresses: [bare(local)], externalAddresses: [] }
  const route = routes.find(({ nicAddresses }) => nicAddresses.includes(bare(local))) ?? own
  return {
    name,
    strategy: connection.strategy,
    // A pipe outlives its sockets.
    fd: -1,
    laddr: tuple(local),
    raddr: remote === undefined ? [] : tuple(remote),
    route: describeRoute(route),
    if: { name: nic?.name ?? '', offset },
    error: 0,
  }
}

/** A NIC as P2PD describes it. */
export function describeInterface(nic: Interface, number: number): object {
  const { name, humanName, index, mac = '', addresses } = nic
  const routes = groupRoutes(addresses.filter(({ deprecated }) => !deprecated).map(({ ip }) => ip))
  const perFamily = <T>(value: (family: 'IPv4' | 'IPv6') => T) => ({
    [familyNumber('IPv4')]: value('IPv4'),
    [familyNumber('IPv6')]: value('IPv6'),
  })
  return {
    netiface_index: index,
    name: humanName,
    nic_no: number,
    id: name,
    mac,
    is_default: perFamily((family) => nic.default[family]),
    rp: perFamily((family) => routes.filter((route) => route.family === family).map(describeRoute)),
  }
}

export function tuple({ ip, port }: TransportAddress): [string, number] {
  return [ip, port]
}

function describeRoute({ family, nicAddresses, externalAddresses }: Route): object {
  const af = familyNumber(family)
  const widest = family === 'IPv4' ? 32 : 128
  const describe = (address: string) => {
    const [ip = '', prefix] = address.split('/')
    return { af, cidr: prefix === undefined ? widest : Number(prefix), ip }
  }
  return { af, nic_ips: nicAddresses.map(describe), ext_ips: externalAddresses.map(describe) }
}

function bare({ ip }: TransportAddress): string {
  return ip.replace(/%.*$/, '')
}
