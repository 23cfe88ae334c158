import { expect, test } from '@jest/globals'
import { gatewayMac, neighbourMac } from './gateway-mac.ts'

const MAC = '02:1b:00:0c:dd:05'

/** The outputs of the systems, with a gateway that both NICs reach by the same address. */
const tables: Readonly<Record<string, { text: string; ip: string; nic?: string }>> = {
  '/proc/net/arp': {
    text: `IP address       HW type     Flags       HW address            Mask     Device
192.168.1.1      0x1         0x2         02:fc:00:00:00:99     *        wlan0
192.168.1.1      0x1         0x2         02:1b:00:0c:dd:05     *        eth0
192.168.1.10     0x1         0x2         02:fc:00:00:00:07     *        eth0
192.168.1.11     0x1         0x0         00:00:00:00:00:00     *        eth0
`,
    ip: '192.168.1.1',
    nic: 'eth0',
  },
  'ip -6 neigh': {
    text: `fe80::1 dev wlan0 lladdr 02:fc:00:00:00:99 router STALE
fe80::1 dev eth0 lladdr 02:1b:00:0c:dd:05 router REACHABLE
fd00::1 dev eth0 FAILED
`,
    ip: 'fe80:0::1',
    nic: 'eth0',
  },
  'arp -an of macOS': {
    text: `? (192.168.1.1) at 2:fc:0:0:0:99 on en1 ifscope [ethernet]
? (192.168.1.1) at 2:1b:0:c:dd:5 on en0 ifscope [ethernet]
? (192.168.1.11) at (incomplete) on en0 ifscope [ethernet]
`,
    ip: '192.168.1.1',
    nic: 'en0',
  },
  'ndp -an of macOS': {
    text: `Neighbor                Linklayer Address  Netif Expire    St Flgs Prbs
fe80::1%en0             2:1b:0:c:dd:5        en0 23h59m58s S  R
`,
    ip: 'fe80::1',
    nic: 'en0',
  },
  'arp -a of Windows': {
    text: `\r\nSchnittstelle: 192.168.1.5 --- 0xb\r
  Internetadresse       Physische Adresse     Typ\r
  192.168.1.1           02-1b-00-0c-dd-05     dynamisch\r
`,
    ip: '192.168.1.1',
  },
  'netsh of Windows': {
    text: `Interface 11: Ethernet\r\n\r
Internet Address                              Physical Address   Type\r
--------------------------------------------  -----------------  -----------\r
fe80::1                                       02-1b-00-0c-dd-05  Reachable (Router)\r
`,
    ip: 'fe80::1',
  },
}

test.each(Object.entries(tables))('%s names the gateway by address and NIC', (_, { text, ip, nic }) => {
  expect(neighbourMac(text, ip, nic)).toBe(MAC)
  expect(neighbourMac(text, '192.168.1.100', nic)).toBeUndefined()
  if (nic !== undefined) expect(neighbourMac(text, ip, 'eth7')).toBeUndefined()
})

test.each(['192.168.1.11', 'fd00::1'])('%s, which did not answer, has none', (ip) => {
  for (const { text } of Object.values(tables)) expect(neighbourMac(text, ip)).toBeUndefined()
})

test('the system knows no neighbour on a NIC that is not there', async () => {
  expect(await gatewayMac('192.0.2.254', 'none0')).toBeUndefined()
  expect(await gatewayMac('2001:db8::254', 'none0')).toBeUndefined()
})
