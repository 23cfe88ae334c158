// The output of the script on Windows 10 22H2 (German), with PowerShell 5.1. Also its output on Windows 11 23H2,
// with PowerShell 7.4 and enumerations as names. Addresses and MACs are replaced.

const loopbackAddresses = [
  { InterfaceIndex: 1, InterfaceAlias: 'Loopback Pseudo-Interface 1', IPAddress: '::1', PrefixLength: 128, SuffixOrigin: 2, AddressState: 4 },
  { InterfaceIndex: 1, InterfaceAlias: 'Loopback Pseudo-Interface 1', IPAddress: '127.0.0.1', PrefixLength: 8, SuffixOrigin: 2, AddressState: 4 },
]

const ipInterface = (index: number, alias: string, metric: number, connected = 1) =>
  [23, 2].map((AddressFamily) => ({
    InterfaceIndex: index,
    InterfaceAlias: alias,
    AddressFamily,
    InterfaceMetric: metric,
    ConnectionState: connected,
    NlMtu: index === 1 ? 4294967295 : 1500,
  }))

const adapter = (ifIndex: number, Name: string, InterfaceDescription: string, InterfaceType = 6, up = 1, mac = '3C-07-54-00-00-01') => ({
  ifIndex,
  Name,
  InterfaceDescription,
  InterfaceType,
  MacAddress: mac,
  MtuSize: 1500,
  InterfaceOperationalStatus: up,
  Virtual: false,
  HardwareInterface: true,
})

const addressRow = (InterfaceIndex: number, IPAddress: string, PrefixLength: number, SuffixOrigin = 3, AddressState = 4) => ({
  InterfaceIndex,
  InterfaceAlias: 'any',
  IPAddress,
  PrefixLength,
  SuffixOrigin,
  AddressState,
})

const route = (InterfaceIndex: number, DestinationPrefix: string, NextHop: string, RouteMetric = 0) => ({
  InterfaceIndex,
  DestinationPrefix,
  NextHop,
  RouteMetric,
})

/** German Windows 10: wifi under the name `WLAN`, cable out, Hyper-V's switch, a phone's modem. */
export const german = JSON.stringify({
  adapters: [
    adapter(12, 'WLAN', 'Intel(R) Wi-Fi 6 AX200 160MHz', 71),
    adapter(7, 'Ethernet 2', 'Realtek PCIe GbE Family Controller', 6, 2, '3C-07-54-00-00-02'),
    adapter(31, 'vEthernet (Default Switch)', 'Hyper-V Virtual Ethernet Adapter', 6, 1, '00-15-5D-00-00-01'),
    adapter(18, 'Mobilfunk', 'Generic Mobile Broadband Adapter', 243, 2, ''),
  ],
  addresses: [
    ...loopbackAddresses,
    addressRow(12, 'fe80::1c2b:3d4e:5f60:7a8b%12', 64, 4),
    addressRow(12, '2001:db8:5:0:1c2b:3d4e:5f60:7a8b', 64, 4),
    addressRow(12, '2001:db8:5::aaaa:bbbb', 64, 5),
    addressRow(12, '2001:db8:5::cccc:dddd', 64, 5, 3),
    addressRow(12, '192.168.178.40', 24),
    addressRow(7, '169.254.10.20', 16, 4, 1),
    addressRow(31, '172.20.16.1', 20, 1),
  ],
  routes: [route(12, '0.0.0.0/0', '192.168.178.1'), route(12, '::/0', 'fe80::211:22ff:fe33:4455', 16)],
  interfaces: [
    ...ipInterface(1, 'Loopback Pseudo-Interface 1', 75),
    ...ipInterface(12, 'WLAN', 50),
    ...ipInterface(7, 'Ethernet 2', 5, 0),
    ...ipInterface(31, 'vEthernet (Default Switch)', 15),
  ],
})

/** A cable with two default routes' worth of NICs: the sum of route and NIC metric decides. */
export const twoDefaults = JSON.stringify({
  adapters: { value: [adapter(5, 'Ethernet', 'Intel(R) I211'), adapter(12, 'Wi-Fi', 'Qualcomm Wi-Fi', 71)], Count: 2 },
  addresses: [addressRow(5, '10.0.0.5', 24), addressRow(12, '192.168.1.5', 24)],
  routes: [route(12, '0.0.0.0/0', '192.168.1.1', 0), route(5, '0.0.0.0/0', '10.0.0.1', 10)],
  interfaces: [...ipInterface(5, 'Ethernet', 25), ...ipInterface(12, 'Wi-Fi', 45)],
})

/** Windows 11, WireGuard up; names instead of numbers, and a table of one row that is not an array. */
export const vpnByNames = JSON.stringify({
  adapters: [
    { ...adapter(5, 'Ethernet', 'Intel(R) I211'), InterfaceOperationalStatus: 'Up' },
    { ...adapter(40, 'my vpn', 'WireGuard Tunnel', 53), InterfaceOperationalStatus: 'Up', MacAddress: null },
  ],
  addresses: [
    { ...addressRow(5, '10.0.0.5', 24), SuffixOrigin: 'Dhcp', AddressState: 'Preferred' },
    { ...addressRow(40, '10.66.0.2', 32), SuffixOrigin: 'Manual', AddressState: 'Preferred' },
    { ...addressRow(5, '2001:db8::77', 64), SuffixOrigin: 'Random', AddressState: 'Deprecated' },
  ],
  routes: [route(5, '0.0.0.0/0', '10.0.0.1'), route(40, '0.0.0.0/1', '0.0.0.0'), route(40, '128.0.0.0/1', '0.0.0.0')],
  interfaces: { InterfaceIndex: 5, InterfaceAlias: 'Ethernet', AddressFamily: 'IPv4', InterfaceMetric: 25, ConnectionState: 'Connected', NlMtu: 1500 },
})

/** Aeroplane mode. */
export const offline = JSON.stringify({
  adapters: [],
  addresses: loopbackAddresses,
  routes: [],
  interfaces: ipInterface(1, 'Loopback Pseudo-Interface 1', 75),
})
