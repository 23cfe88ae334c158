import type { TransportAddress } from '@p2pd/netif'

/** The way in which a NAT reuses a mapping (RFC 4787 §4.1) or admits a packet (RFC 4787 §5). */
export type Dependency = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent'

/** The part of the remote endpoint that a NAT looks at. RFC 4787 §4.1, §5. */
export function remoteKey(dependency: Dependency, remote: TransportAddress): string {
  switch (dependency) {
    case 'endpoint-independent':
      return '*'
    case 'address-dependent':
      return remote.ip
    case 'address-and-port-dependent':
      return `${remote.ip}#${remote.port}`
  }
}
