/** The devices and addresses that a real router's rules refer to. */
export interface RouterSurroundings {
  /** The device towards the Internet. */
  readonly wan: string
  /** The bridge towards the hosts. */
  readonly lan: string
  /** IPv4 addresses of the hosts behind the router. */
  readonly hosts: readonly string[]
}

/** A router that is not a model: a namespace that forwards by the rules of the Linux kernel. */
export interface RealRouter {
  /** The input of `nft -f`. nft(8). */
  ruleset(surroundings: RouterSurroundings): string
}

/**
 * The translation that nftables does.
 *
 * - `masquerade`: endpoint-independent mapping as long as ports are free, filters by address and port
 * - `masquerade-random`: `fully-random`, a random port for each connection, so symmetric
 * - `static`: all incoming packets go to the first host behind it: full cone
 */
export type NftablesNat = 'masquerade' | 'masquerade-random' | 'static'

/** The configuration of an nftables router. */
export interface NftablesOptions {
  readonly nat: NftablesNat
  /** An unsolicited packet is dropped, or left to the router's kernel, which resets or refuses it. @default 'drop' */
  readonly unsolicited?: 'drop' | 'refuse'
  /** Further routers towards the Internet that only decrement the TTL. @default 0 */
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

/** Drops packets that belong to no connection: forwarded ones always, those to the router itself only for `drop`. */
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

/** Drops packets whose TTL would end on the way, before connection tracking sees them. */
function distance(hops: number, { wan }: RouterSurroundings): string {
  if (hops === 0) return ''
  return `
table ip distance {
  chain prerouting { type filter hook prerouting priority raw; iifname "${wan}" ip ttl <= ${hops} drop
  }
}`
}
