/** What a real router's rules can refer to. */
export interface RouterSurroundings {
  /** The device towards the Internet. */
  readonly wan: string
  /** The bridge that its hosts are on. */
  readonly lan: string
  /** IPv4 addresses of the hosts behind it. */
  readonly hosts: readonly string[]
}

/** A router that nobody here wrote: a namespace that forwards by the kernel's own rules. */
export interface RealRouter {
  /** What `nft -f` reads. nft(8). */
  ruleset(surroundings: RouterSurroundings): string
}

/**
 * How nftables translates.
 *
 * - `masquerade`: endpoint-independent mapping as long as ports are free, filters by address and port
 * - `masquerade-random`: `fully-random`, a random port for each connection, so symmetric
 * - `static`: everything that comes in goes to the first host behind it: full cone
 */
export type NftablesNat = 'masquerade' | 'masquerade-random' | 'static'

/** How an nftables router is set up. */
export interface NftablesOptions {
  readonly nat: NftablesNat
  /** An unsolicited packet is dropped, or left to the router's kernel, which resets or refuses it. @default 'drop' */
  readonly unsolicited?: 'drop' | 'refuse'
  /** Routers on the way from the Internet that only count hops: a packet with no more left ends there. @default 0 */
  readonly hops?: number
}

/** A Linux router with nftables: NAT for IPv4, a stateful firewall for IPv6. */
export function nftablesRouter({ nat, unsolicited = 'drop', hops = 0 }: NftablesOptions): RealRouter {
  return {
    ruleset: (surroundings) =>
      [
        translation(nat, surroundings),
        firewall(unsolicited, surroundings),
        distance(hops, surroundings),
      ].join('\n'),
  }
}

function translation(nat: NftablesNat, { wan, hosts: [host] }: RouterSurroundings): string {
  const random = nat === 'masquerade-random' ? ' fully-random' : ''
  const inward = nat === 'static' && host !== undefined ? `iifname "${wan}" dnat to ${host}` : ''
  return `
table ip nat {
  chain prerouting { type nat hook prerouting priority dstnat; ${inward}
  }
  chain postrouting { type nat hook postrouting priority srcnat; oifname "${wan}" masquerade${random}
  }
}`
}

/** What no connection explains stops here: forwarded packets always, those for the router itself if it is to drop them. */
function firewall(unsolicited: 'drop' | 'refuse', { wan }: RouterSurroundings): string {
  const known = 'ct state established,related accept'
  return `
table inet filter {
  chain input { type filter hook input priority filter; ${known}
    iifname "${wan}" ${unsolicited === 'drop' ? 'drop' : 'accept'}
  }
  chain forward { type filter hook forward priority filter; ${known}
    iifname "${wan}" ct status dnat accept
    iifname "${wan}" drop
  }
}`
}

/** Before the kernel's connection tracking sees them: they were never here. */
function distance(hops: number, { wan }: RouterSurroundings): string {
  if (hops === 0) return ''
  return `
table ip distance {
  chain prerouting { type filter hook prerouting priority raw; iifname "${wan}" ip ttl <= ${hops} drop
  }
}`
}
