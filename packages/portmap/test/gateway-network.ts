import { execFile } from 'node:child_process'

/** Commands for a device's addresses, without duplicate detection, which would take a second. */
export function addressed(device: string, ipv4: string, ipv6: string, linkLocal: string): string[] {
  return [
    `link set ${device} addrgenmode none`,
    `addr add ${ipv4} dev ${device}`,
    `addr add ${ipv6} dev ${device} nodad`,
    `link set ${device} up`,
    `addr add ${linkLocal}/64 dev ${device} nodad`,
  ]
}

/** NAT for IPv4, a stateful firewall for both families, and the chains that miniupnpd fills. */
export const RULES = `
table inet filter {
  chain miniupnpd {
  }
  chain prerouting_miniupnpd {
  }
  chain postrouting_miniupnpd {
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "lan" accept
    jump miniupnpd
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    jump prerouting_miniupnpd
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    jump postrouting_miniupnpd
    oifname "wan" meta nfproto ipv4 masquerade
  }
}
`

/** Commands of `ip`, in a namespace or in none, by one process. */
export function batch(commands: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ['-n', namespace]
  return new Promise((resolve, reject) => {
    const program = execFile('ip', [...where, '-batch', '-'], (error) => (error ? reject(error) : resolve()))
    program.stdin?.end(`${commands.join('\n')}\n`)
  })
}
