import type { BsdSnapshot } from '../bsd-interfaces.ts'

/**
 * FreeBSD 14: a bridge and jails. The NICs are those of BastilleBSD's pull request 725 on GitHub, global addresses
 * replaced. A CARP address and WireGuard are in the words of the manual pages carp(4) and wg(4). The routes have the
 * columns of netstat(1).
 */
export const freebsd14: BsdSnapshot = {
  ifconfig: `re0: flags=1008943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500
\toptions=82099<RXCSUM,VLAN_MTU,VLAN_HWTAGGING,VLAN_HWCSUM,WOL_MAGIC,LINKSTATE>
\tether 40:8d:5c:58:c5:f6
\tinet 192.168.1.239 netmask 0xffffff00 broadcast 192.168.1.255
\tinet 192.168.1.250 netmask 0xffffffff broadcast 192.168.1.250 vhid 1
\tinet6 fe80::428d:5cff:fe58:c5f6%re0 prefixlen 64 scopeid 0x1
\tinet6 2001:db8:892:2010:428d:5cff:fe58:c5f6 prefixlen 64 autoconf pltime 90 vltime 241
\tinet6 2001:db8:892:2010:1111:2222:3333:4444 prefixlen 64 deprecated autoconf temporary
\tinet6 fd1f:71ae:fb88:10:428d:5cff:fe58:c5f6 prefixlen 64 autoconf
\tcarp: MASTER vhid 1 advbase 1 advskew 0
\tmedia: Ethernet autoselect (1000baseT <full-duplex>)
\tstatus: active
\tnd6 options=23<PERFORMNUD,ACCEPT_RTADV,AUTO_LINKLOCAL>
lo0: flags=1008049<UP,LOOPBACK,RUNNING,MULTICAST,LOWER_UP> metric 0 mtu 16384
\toptions=680003<RXCSUM,TXCSUM,LINKSTATE,RXCSUM_IPV6,TXCSUM_IPV6>
\tinet 127.0.0.1 netmask 0xff000000
\tinet6 ::1 prefixlen 128
\tinet6 fe80::1%lo0 prefixlen 64 scopeid 0x2
\tgroups: lo
\tnd6 options=21<PERFORMNUD,AUTO_LINKLOCAL>
re0bridge: flags=1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500
\toptions=0
\tether 58:9c:fc:00:0e:75
\tid 00:00:00:00:00:00 priority 32768 hellotime 2 fwddelay 15
\tmaxage 20 holdcnt 6 proto rstp maxaddr 2000 timeout 1200
\troot id 00:00:00:00:00:00 priority 32768 ifcost 0 port 0
\tmember: e0a_bastille0 flags=143<LEARNING,DISCOVER,AUTOEDGE,AUTOPTP>
\t        ifmaxaddr 0 port 4 priority 128 path cost 2000
\tgroups: bridge
wg0: flags=80c1<UP,RUNNING,NOARP,MULTICAST> metric 0 mtu 1420
\toptions=80000<LINKSTATE>
\tinet 10.66.0.2 netmask 0xffffff00
\tgroups: wg
\tnd6 options=101<PERFORMNUD,NO_DAD>
`,
  routes: `Routing tables

Internet:
Destination        Gateway            Flags         Netif Expire
default            192.168.1.1        UGS             re0
10.66.0.0/24       link#5             U               wg0
127.0.0.1          link#2             UH              lo0
192.168.1.0/24     link#1             U               re0
192.168.1.239      link#2             UHS             lo0

Routing tables

Internet6:
Destination                       Gateway                       Flags         Netif Expire
::/96                             link#2                        URS             lo0
default                           fe80::1%re0                   UG              re0
::1                               link#2                        UHS             lo0
fe80::%re0/64                     link#1                        U               re0
`,
}

/** FreeBSD 11, from iocage's issue 873 on GitHub: a NIC without IPv6, two addresses of loopback, a bridge without any. */
export const freebsd11: BsdSnapshot = {
  ifconfig: `igb0: flags=8943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST> metric 0 mtu 1500
\toptions=2400b9<RXCSUM,VLAN_MTU,VLAN_HWTAGGING,JUMBO_MTU,VLAN_HWCSUM,VLAN_HWTSO,RXCSUM_IPV6>
\tether 70:85:c2:62:06:62
\thwaddr 70:85:c2:62:06:62
\tinet 192.168.3.2 netmask 0xffffff00 broadcast 192.168.3.255 
\tnd6 options=9<PERFORMNUD,IFDISABLED>
\tmedia: Ethernet autoselect (1000baseT <full-duplex>)
\tstatus: active
lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> metric 0 mtu 16384
\toptions=600003<RXCSUM,TXCSUM,RXCSUM_IPV6,TXCSUM_IPV6>
\tinet6 ::1 prefixlen 128 
\tinet6 fe80::1%lo0 prefixlen 64 scopeid 0x2 
\tinet 127.0.0.1 netmask 0xff000000 
\tnd6 options=21<PERFORMNUD,AUTO_LINKLOCAL>
\tgroups: lo 
bridge0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tether 02:05:16:ba:17:00
\tnd6 options=9<PERFORMNUD,IFDISABLED>
\tgroups: bridge 
\tmember: tap0 flags=143<LEARNING,DISCOVER,AUTOEDGE,AUTOPTP>
`,
  routes: `Routing tables

Internet:
Destination        Gateway            Flags     Netif Expire
default            192.168.3.1        UGS        igb0
127.0.0.1          link#2             UH          lo0
192.168.3.0/24     link#1             U          igb0
`,
}

/**
 * OpenBSD 7: NICs and routes as public guides print them, addresses replaced. They show a guest (vio(4)), a router with wg(4),
 * and a PPPoE line whose IPv6 router is link-local. The column Prio is the metric.
 */
export const openbsd7: BsdSnapshot = {
  ifconfig: `lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 32768
        index 3 priority 0 llprio 3
        groups: lo
        inet6 ::1 prefixlen 128
        inet6 fe80::1%lo0 prefixlen 64 scopeid 0x3
        inet 127.0.0.1 netmask 0xff000000
vio0: flags=808843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,AUTOCONF4> mtu 1500
        lladdr 52:54:00:12:34:57
        index 1 priority 0 llprio 3
        groups: egress
        media: Ethernet autoselect
        status: active
        inet 10.0.2.101 netmask 0xffffff00 broadcast 10.0.2.255
enc0: flags=0<>
        index 2 priority 0 llprio 3
        groups: enc
        status: active
pflog0: flags=141<UP,RUNNING,PROMISC> mtu 33144
        index 4 priority 0 llprio 3
        groups: pflog
wg0: flags=80c3<UP,BROADCAST,RUNNING,NOARP,MULTICAST> mtu 1420
        index 5 priority 0 llprio 3
        wgport 51820
        groups: wg
        inet 10.11.11.1 netmask 0xffffff00 broadcast 10.11.11.255
pppoe0: flags=8851<UP,POINTOPOINT,RUNNING,SIMPLEX,MULTICAST> mtu 1492
        index 6 priority 0 llprio 3
        groups: pppoe egress
        status: active
        inet6 fe80::5054:ff:fe12:3457%pppoe0 -->  prefixlen 64 scopeid 0x6
        inet6 2001:db8:586::2 -->  prefixlen 64
carp0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> mtu 1500
        lladdr 00:00:5e:00:01:01
        index 7 priority 15 llprio 3
        carp: MASTER carpdev vio0 vhid 1 advbase 1 advskew 0
        groups: carp
        status: master
        inet 10.0.2.200 netmask 0xffffff00 broadcast 10.0.2.255
`,
  routes: `Routing tables

Internet:
Destination        Gateway            Flags   Refs      Use   Mtu  Prio Iface
default            10.0.2.1           UGS        3      173     -     8 vio0
224/4              127.0.0.1          URS        0        0 32768     8 lo0
10.0.2/24          10.0.2.101         UCn        1        6     -     4 vio0
10.0.2.101         52:54:00:12:34:57  UHLl       0      213     -     1 vio0
127/8              127.0.0.1          UGRS       0        0 32768     8 lo0

Routing tables

Internet6:
Destination        Gateway            Flags   Refs      Use   Mtu  Prio Iface
::/96              ::1                UGRS       0        0     -     8 lo0
default            fe80::1%pppoe0     UGS        0        1     -     8 pppoe0
`,
}

/** NetBSD 9: NICs from Salt's tests and from a guide to a USB adapter, lengths behind the addresses; a detached tunnel. */
export const netbsd9: BsdSnapshot = {
  ifconfig: `vioif0: flags=0x8943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST> mtu 1500
        ec_capabilities=1<VLAN_MTU>
        ec_enabled=0
        address: 00:a0:98:e6:83:18
        inet 192.168.1.80/24 broadcast 192.168.1.255 flags 0x0
        inet6 fe80::2a0:98ff:fee6:8318%vioif0/64 flags 0x0 scopeid 0x1
        inet6 2001:db8:8bc:dda0:364e:fd36:9aea:b84b/64 flags 0x0
        inet6 2001:db8:8bc:dda0::dead/64 flags 0x2<TENTATIVE>
lo0: flags=0x8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 33624
        inet 127.0.0.1/8 flags 0x0
        inet6 ::1/128 flags 0x20<NODAD>
        inet6 fe80::1%lo0/64 flags 0x0 scopeid 0x2
tun0: flags=0x51<UP,POINTOPOINT,RUNNING> mtu 1500
        status: down
        inet 192.168.200.1/32 -> 192.168.200.2 flags 0x4<DETACHED>
`,
  routes: `Routing tables

Internet:
Destination        Gateway            Flags    Refs      Use    Mtu Interface
default            192.168.1.1        UGS         -        -      -  vioif0
127/8              127.0.0.1          UGRS        -        -  33624  lo0
192.168.1/24       link#1             UC          -        -      -  vioif0

Routing tables

Internet6:
Destination                             Gateway                        Flags    Refs      Use    Mtu Interface
::/104                                  ::1                            UGRS        -        -      -  lo0
default                                 fe80::1%vioif0                 UGS         -        -      -  vioif0
`,
}
