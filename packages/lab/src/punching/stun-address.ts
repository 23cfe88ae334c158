import { familyOf, type TransportAddress } from '@p2pd/netif'

/** The default port of STUN servers. RFC 8489 §18.6. */
export const STUN_PORT = 3478

/** The addresses of a host that runs a server. */
interface StunHost {
  readonly ip: string
  readonly addresses: readonly string[]
}

/** The server's address in the same family as `of`. */
export function stunAddress({ addresses, ip }: StunHost, of: string): TransportAddress {
  const same = addresses.find((address) => familyOf(address) === familyOf(of))
  return { ip: same ?? ip, port: STUN_PORT }
}
