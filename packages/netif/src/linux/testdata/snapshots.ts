import type { InterfaceAddress } from '../../interfaces/interface.ts'
import { scopeOf } from '../../ip/ip-scope.ts'
import type { LinuxSnapshot } from '../linux-interfaces.ts'
import type { SysfsNic } from '../sysfs-nic.ts'

// Lines as Debian 12 (Linux 6.1), Ubuntu 24.04 (6.8) and OpenWrt 23.05 (5.15) print them, with
// addresses and MACs replaced.

const ROUTE_HEADER =
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       '

const route = (...fields: (string | number)[]) => `${fields.join('\t')}                                     `

export const nic = (
  name: string,
  ifindex: number,
  { physical = true, entries = [] as string[], ...files }: Record<string, unknown> & {
    physical?: boolean
    entries?: string[]
  } = {},
): SysfsNic => {
  const all = {
    address: '52:54:00:12:34:56\n',
    flags: '0x1003\n',
    ifindex: `${ifindex}\n`,
    mtu: '1500\n',
    operstate: 'up\n',
    type: '1\n',
    uevent: `INTERFACE=${name}\nIFINDEX=${ifindex}\n`,
    ...(files as Record<string, string>),
  }
  return {
    name,
    target: physical ? `../../devices/pci0000:00/0000:00:03.0/net/${name}` : `../../devices/virtual/net/${name}`,
    entries: [...Object.keys(all), 'queues', 'statistics', 'subsystem', ...entries],
    files: all,
  }
}

const loopback = nic('lo', 1, {
  physical: false,
  address: '00:00:00:00:00:00\n',
  flags: '0x9\n',
  mtu: '65536\n',
  operstate: 'unknown\n',
  type: '772\n',
})

const kind = (name: string, index: number, devtype: string) => `DEVTYPE=${devtype}\nINTERFACE=${name}\nIFINDEX=${index}\n`

export const ipv4 = (ip: string, prefixLength: number): InterfaceAddress => ({
  family: 'IPv4',
  ip,
  prefixLength,
  scope: scopeOf(ip),
  temporary: false,
  deprecated: false,
})

const lo4 = { lo: [ipv4('127.0.0.1', 8)] }
const lo6 = '00000000000000000000000000000001 01 80 10 80       lo\n'
const lo6Route = `00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001       lo
00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`

/** Cable out, on wifi, with a temporary and a deprecated IPv6 address, and one that lost duplicate detection. */
export const laptop: LinuxSnapshot = {
  sysfs: [
    nic('enp3s0', 2, { operstate: 'down\n', entries: ['device'] }),
    loopback,
    nic('wlp2s0', 3, { uevent: kind('wlp2s0', 3, 'wlan'), entries: ['device', 'phy80211', 'wireless'] }),
  ],
  route: `${ROUTE_HEADER}
${route('wlp2s0', '00000000', '0101A8C0', '0003', 0, 0, 600, '00000000', 0, 0, 0)}
${route('wlp2s0', '0000FEA9', '00000000', '0001', 0, 0, 1000, '0000FFFF', 0, 0, 0)}
${route('wlp2s0', '0001A8C0', '00000000', '0001', 0, 0, 600, '00FFFFFF', 0, 0, 0)}
`,
  ipv6Route: `20010db8000100020000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000258 00000002 00000000 00400001   wlp2s0
fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000400 00000001 00000000 00000001   wlp2s0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe80000000000000021122fffe334455 00000258 00000004 00000000 00450003   wlp2s0
${lo6Route}`,
  ifInet6: `${lo6}20010db8000100025054000000001234 03 40 00 01   wlp2s0
20010db800010002505400fffe123456 03 40 00 00   wlp2s0
20010db80001ffff5054000000009999 03 40 00 21   wlp2s0
20010db8000100025054000000dead00 03 40 00 48   wlp2s0
fe80000000000000505400fffe123456 03 40 20 80   wlp2s0
`,
  ipv4: { ...lo4, wlp2s0: [ipv4('192.168.1.23', 24)] },
}

/** OpenVPN with `redirect-gateway def1`: two halves over the default route, which stays. */
export const openvpn: LinuxSnapshot = {
  ...laptop,
  sysfs: [
    ...laptop.sysfs,
    nic('tun0', 9, {
      physical: false,
      address: '\n',
      flags: '0x1091\n',
      operstate: 'unknown\n',
      tun_flags: '0x1001\n',
      type: '65534\n',
      entries: ['tun_flags'],
    }),
  ],
  route: `${ROUTE_HEADER}
${route('tun0', '00000000', '0100080A', '0003', 0, 0, 0, '00000080', 0, 0, 0)}
${route('wlp2s0', '00000000', '0101A8C0', '0003', 0, 0, 600, '00000000', 0, 0, 0)}
${route('tun0', '0000080A', '00000000', '0001', 0, 0, 0, '00FFFFFF', 0, 0, 0)}
${route('wlp2s0', '057100CB', '0101A8C0', '0007', 0, 0, 0, 'FFFFFFFF', 0, 0, 0)}
${route('tun0', '00000080', '0100080A', '0003', 0, 0, 0, '00000080', 0, 0, 0)}
${route('wlp2s0', '0001A8C0', '00000000', '0001', 0, 0, 600, '00FFFFFF', 0, 0, 0)}
`,
  ipv4: { ...laptop.ipv4, tun0: [ipv4('10.8.0.6', 24)] },
}

/** `wg-quick`: its default route is in a table of its own, which only the kernel's choice of source shows. */
export const wireguard: LinuxSnapshot = {
  ...laptop,
  sysfs: [
    ...laptop.sysfs,
    nic('wg0', 12, {
      physical: false,
      address: '\n',
      flags: '0x91\n',
      mtu: '1420\n',
      operstate: 'unknown\n',
      type: '65534\n',
      uevent: kind('wg0', 12, 'wireguard'),
    }),
  ],
  ipv4: { ...laptop.ipv4, wg0: [ipv4('10.66.0.2', 32)] },
  defaultSources: { IPv4: '10.66.0.2', IPv6: '2001:db8:1:2:5054:0:0:1234' },
}

/** Wired and mobile at once, each with its default route; the lower metric is preferred. */
export const twoDefaults: LinuxSnapshot = {
  sysfs: [
    loopback,
    nic('enp3s0', 2, { entries: ['device'] }),
    nic('wwan0', 5, { address: '\n', type: '519\n', uevent: kind('wwan0', 5, 'wwan'), operstate: 'unknown\n' }),
  ],
  route: `${ROUTE_HEADER}
${route('wwan0', '00000000', '00000000', '0001', 0, 0, 700, '00000000', 0, 0, 0)}
${route('enp3s0', '00000000', '0101A8C0', '0003', 0, 0, 100, '00000000', 0, 0, 0)}
${route('enp3s0', '00000000', '0201A8C0', '0003', 0, 0, 200, '00000000', 0, 0, 0)}
${route('*', '000010AC', '00000000', '0201', 0, 0, 0, '0000F0FF', 0, 0, 0)}
${route('enp3s0', '0001A8C0', '00000000', '0001', 0, 0, 100, '00FFFFFF', 0, 0, 0)}
`,
  ipv6Route: lo6Route,
  ifInet6: lo6,
  ipv4: { ...lo4, enp3s0: [ipv4('192.168.1.23', 24), ipv4('192.168.1.24', 24)], wwan0: [ipv4('100.72.3.4', 29)] },
}

/** A server with IPv6 alone. */
export const ipv6Only: LinuxSnapshot = {
  sysfs: [loopback, nic('ens3', 2, { entries: ['device'] })],
  route: `${ROUTE_HEADER}\n`,
  ipv6Route: `20010db8002a00000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     ens3
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000003 00000000 00000003     ens3
${lo6Route}`,
  ifInet6: `${lo6}20010db8002a00000000000000000010 02 40 00 80     ens3
fe80000000000000505400fffeaabbcc 02 40 20 80     ens3
`,
  ipv4: lo4,
}

/** Nothing plugged in, IPv6 switched off at boot: its files are not there. */
export const noNetwork: LinuxSnapshot = {
  sysfs: [{ ...loopback, files: { ...loopback.files, flags: '0x8\n', operstate: 'down\n' } }],
  route: `${ROUTE_HEADER}\n`,
  ipv6Route: '',
  ifInet6: '',
  ipv4: {},
}

/** PPPoE: a point-to-point link, whose default route has no router. */
export const pointToPoint: LinuxSnapshot = {
  sysfs: [
    loopback,
    nic('eth1', 3, { entries: ['device'] }),
    nic('ppp0', 7, { physical: false, flags: '0x10d1\n', mtu: '1492\n', type: '512\n', uevent: kind('ppp0', 7, 'ppp'), operstate: 'unknown\n' }),
  ],
  route: `${ROUTE_HEADER}
${route('ppp0', '00000000', '00000000', '0001', 0, 0, 0, '00000000', 0, 0, 0)}
${route('ppp0', '017100CB', '00000000', '0005', 0, 0, 0, 'FFFFFFFF', 0, 0, 0)}
`,
  ipv6Route: lo6Route,
  ifInet6: lo6,
  ipv4: { ...lo4, ppp0: [ipv4('203.0.113.77', 32)] },
}

/** A machine that runs containers, behind a bond; and one that runs virtual machines on a bridge. */
export const containerHost: LinuxSnapshot = {
  sysfs: [
    { ...loopback },
    { name: 'bonding_masters', target: '', entries: [], files: {} },
    nic('eno1', 2, { flags: '0x1803\n', entries: ['device', 'master', 'bonding_slave'] }),
    nic('bond0', 4, { physical: false, flags: '0x1403\n', uevent: kind('bond0', 4, 'bond'), entries: ['bonding'] }),
    nic('docker0', 5, { physical: false, uevent: kind('docker0', 5, 'bridge'), entries: ['bridge', 'brif'] }),
    nic('veth1a2b3c4', 7, { physical: false, iflink: '6\n', entries: ['brport', 'master'] }),
    nic('vnet0', 8, { physical: false, tun_flags: '0x1002\n', entries: ['tun_flags', 'brport', 'master'] }),
    nic('bond0.20', 9, { physical: false, uevent: kind('bond0.20', 9, 'vlan') }),
  ],
  route: `${ROUTE_HEADER}
${route('bond0', '00000000', '0101000A', '0003', 0, 0, 0, '00000000', 0, 0, 0)}
${route('bond0', '0001000A', '00000000', '0001', 0, 0, 0, '00FFFFFF', 0, 0, 0)}
${route('docker0', '000011AC', '00000000', '0001', 0, 0, 0, '0000FFFF', 0, 0, 0)}
`,
  ipv6Route: lo6Route,
  ifInet6: lo6,
  ipv4: { ...lo4, bond0: [ipv4('10.0.1.5', 24)], docker0: [ipv4('172.17.0.1', 16)], 'bond0.20': [ipv4('10.0.20.5', 24)] },
}

/** Inside a container: its one NIC is a veth. */
export const container: LinuxSnapshot = {
  sysfs: [loopback, nic('eth0', 6, { physical: false, iflink: '7\n' })],
  route: `${ROUTE_HEADER}
${route('eth0', '00000000', '010011AC', '0003', 0, 0, 0, '00000000', 0, 0, 0)}
${route('eth0', '000011AC', '00000000', '0001', 0, 0, 0, '0000FFFF', 0, 0, 0)}
`,
  ipv6Route: '',
  ifInet6: '',
  ipv4: { ...lo4, eth0: [ipv4('172.17.0.2', 16)] },
}
