import type { Dependency } from '@p2pd/nat'
import type { TransportAddress } from '@p2pd/netif'

export type { Dependency }

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
