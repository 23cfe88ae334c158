import type { MacosSnapshot } from '../macos-interfaces.ts'

// Outputs in the form of macOS 10.13 (High Sierra) and 14 (Sonoma); addresses and MACs replaced.

const lo0 = `lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384
	options=1203<RXCSUM,TXCSUM,TXSTATUS,SW_TIMESTAMP>
	inet 127.0.0.1 netmask 0xff000000
	inet6 ::1 prefixlen 128 
	inet6 fe80::1%lo0 prefixlen 64 scopeid 0x1 
	nd6 options=201<PERFORMNUD,DAD>
`

const sonomaPorts = `
Hardware Port: Ethernet
Device: en0
Ethernet Address: 3c:07:54:00:00:01

Hardware Port: Wi-Fi
Device: en1
Ethernet Address: 3c:07:54:00:00:02

Hardware Port: Thunderbolt Bridge
Device: bridge0
Ethernet Address: 36:07:54:00:00:00

Hardware Port: iPhone USB
Device: en8
Ethernet Address: 3e:07:54:00:00:08

VLAN Configurations
===================
`

/** Sonoma: wired and wifi at once, a phone that is plugged in but shares nothing, Apple's own NICs. */
export const sonoma: MacosSnapshot = {
  ifconfig: `${lo0}gif0: flags=8010<POINTOPOINT,MULTICAST> mtu 1280
stf0: flags=0<> mtu 1280
anpi0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
	options=400<CHANNEL_IO>
	ether 3e:07:54:00:00:0a
	media: none
	status: inactive
en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
	options=6460<TSO4,TSO6,CHANNEL_IO,PARTIAL_CSUM,ZEROINVERT_CSUM>
	ether 3C:07:54:00:00:01
	inet6 fe80::10f1:aaaa:bbbb:1%en0 prefixlen 64 secured scopeid 0x6 
	inet6 2001:db8:5:0:1c:aaaa:bbbb:1 prefixlen 64 autoconf secured 
	inet6 2001:db8:5::dead:beef prefixlen 64 deprecated autoconf temporary 
	inet6 2001:db8:5::1234:5678 prefixlen 64 autoconf temporary 
	inet 192.168.5.20 netmask 0xffffff00 broadcast 192.168.5.255
	inet 192.168.5.21 netmask 0xffffff00 broadcast 192.168.5.255
	nd6 options=201<PERFORMNUD,DAD>
	media: autoselect (1000baseT <full-duplex,flow-control>)
	status: active
en1: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
	options=6460<TSO4,TSO6,CHANNEL_IO,PARTIAL_CSUM,ZEROINVERT_CSUM>
	ether 3c:07:54:00:00:02
	inet6 fe80::10f1:aaaa:bbbb:2%en1 prefixlen 64 secured scopeid 0x7 
	inet 192.168.5.30 netmask 0xffffff00 broadcast 192.168.5.255
	nd6 options=201<PERFORMNUD,DAD>
	media: autoselect
	status: active
en8: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
	ether 3e:07:54:00:00:08
	media: autoselect
	status: inactive
bridge0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
	options=63<RXCSUM,TXCSUM,TSO4,TSO6>
	ether 36:07:54:00:00:00
	Configuration:
		id 0:0:0:0:0:0 priority 0 hellotime 0 fwddelay 0
	member: en2 flags=3<LEARNING,DISCOVER>
	        ifmaxaddr 0 port 9 priority 0 path cost 0
	media: <unknown type>
	status: inactive
awdl0: flags=8943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST> mtu 1500
	ether ca:07:54:00:00:0c
	inet6 fe80::c807:54ff:fe00:c%awdl0 prefixlen 64 scopeid 0xb 
	status: active
utun0: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> mtu 1500
	inet6 fe80::aaaa:1:2:3%utun0 prefixlen 64 scopeid 0xc 
	nd6 options=201<PERFORMNUD,DAD>
`,
  routes: `Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
default            192.168.5.1        UGScg                 en0       
default            192.168.5.1        UGScIg                en1       
127                127.0.0.1          UCS                   lo0       
127.0.0.1          127.0.0.1          UH                    lo0       
169.254            link#6             UCS                   en0      !
192.168.5          link#6             UCS                   en0      !
192.168.5.1/32     link#6             UCS                   en0      !
192.168.5.1        0:11:22:33:44:55   UHLWIir               en0   1178
224.0.0/4          link#6             UmCS                  en0      !
255.255.255.255/32 link#6             UCS                   en0      !

Internet6:
Destination                             Gateway                                 Flags               Netif Expire
default                                 fe80::211:22ff:fe33:4455%en0            UGcg                  en0       
default                                 fe80::%utun0                            UGcIg               utun0       
::1                                     ::1                                     UHL                   lo0       
2001:db8:5::/64                         link#6                                  UC                    en0       
fe80::%lo0/64                           fe80::1%lo0                             UcI                   lo0       
ff02::%en0/32                           link#6                                  UmCI                  en0       
`,
  links: `Name       Mtu   Network       Address            Ipkts Ierrs    Opkts Oerrs  Coll
lo0        16384 <Link#1>                        123456     0   123456     0     0
lo0        16384 127           127.0.0.1         123456     -   123456     -     -
gif0*      1280  <Link#2>                             0     0        0     0     0
stf0*      1280  <Link#3>                             0     0        0     0     0
anpi0      1500  <Link#5>    3e:07:54:00:00:0a        0     0        0     0     0
en0        1500  <Link#6>    3c:07:54:00:00:01  9876543     0  1234567     0     0
en0        1500  192.168.5     192.168.5.20     9876543     -  1234567     -     -
en1        1500  <Link#7>    3c:07:54:00:00:02    76543     0    34567     0     0
bridge0    1500  <Link#10>   36:07:54:00:00:00        0     0        0     0     0
awdl0      1500  <Link#11>   ca:07:54:00:00:0c        0     0        0     0     0
utun0      1500  <Link#12>                            0     0       10     0     0
en8        1500  <Link#14>   3e:07:54:00:00:08        0     0        0     0     0
`,
  hardwarePorts: sonomaPorts,
}

/** Sonoma with a VPN that takes everything by halves, over wifi. */
export const sonomaVpn: MacosSnapshot = {
  ...sonoma,
  ifconfig: `${sonoma.ifconfig}utun4: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> mtu 1420
	inet 10.66.0.2 --> 10.66.0.2 netmask 0xffffffff
	inet6 fd66::2 prefixlen 128 
`,
  routes: `Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
0/1                utun4              UScg                utun4       
default            192.168.5.1        UGScg                 en1       
127                127.0.0.1          UCS                   lo0       
128.0/1            utun4              USc                 utun4       
203.0.113.9/32     192.168.5.1        UGHS                  en1       

Internet6:
Destination                             Gateway                                 Flags               Netif Expire
::/1                                    utun4                                   USc                 utun4       
default                                 fe80::%utun0                            UGcIg               utun0       
8000::/1                                utun4                                   USc                 utun4       
`,
}

/** High Sierra, whose `netstat` still counts references; a modem's point-to-point link without a mask. */
export const highSierra: MacosSnapshot = {
  ifconfig: `${lo0}en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
	ether 3c:07:54:00:00:01 
	media: autoselect (none)
	status: inactive
ppp0: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> mtu 1500
	inet 100.80.1.2 --> 10.64.64.64 netmask 0xff000000 
`,
  routes: `Routing tables

Internet:
Destination        Gateway            Flags        Refs      Use   Netif Expire
default            10.64.64.64        UGSc           12        0    ppp0
10.64.64.64        100.80.1.2         UHr            13        0    ppp0
127                127.0.0.1          UCS             0        0     lo0
127.0.0.1          127.0.0.1          UH              1    10584     lo0
192.168.7          127.0.0.1          UGRS            0        0     lo0

Internet6:
Destination                             Gateway                         Flags         Netif Expire
::1                                     ::1                             UHL             lo0
fe80::%lo0/64                           fe80::1%lo0                     UcI             lo0
`,
  links: '',
  hardwarePorts: '',
}

/** Everything off. */
export const offline: MacosSnapshot = {
  ifconfig: lo0,
  routes: 'Routing tables\n\nInternet:\nDestination        Gateway            Flags               Netif Expire\n',
  links: '',
  hardwarePorts: sonomaPorts,
}
