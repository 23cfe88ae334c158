import { familyOf, type TransportAddress } from '@p2pd/netif'

/** Where STUN servers listen. RFC 8489 §18.6. */
export const STUN_PORT = 3478

/** What is known of a host that a server runs on. */
interface StunHost {
  readonly ip: string
  readonly addresses: readonly string[]
}

/** The server's address in the family of another one. */
export function stunAddress({ addresses, ip }: StunHost, of: string): TransportAddress {
  const same = addresses.find((address) => familyOf(address) === familyOf(of))
  return { ip: same ?? ip, port: STUN_PORT }
}
