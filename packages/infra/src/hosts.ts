import { familyOf, type Network } from '@p2pd/netif'
import { canonicalIpAddress, StunError } from '@p2pd/stun'
import { InfraError } from './infra-error.ts'

/** Whether an address means every address of its family. */
export function isWildcard(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::'
}

/**
 * The address to listen on, in its canonical spelling. A name throws `INFRA_INVALID_ARGUMENT`: it may stand for
 * several addresses.
 */
export function parseHost(host: string): string {
  try {
    return canonicalIpAddress(host)
  } catch (cause) {
    if (!(cause instanceof StunError)) throw cause
    throw new InfraError(
      'INFRA_INVALID_ARGUMENT',
      `host "${host}" is not an IP address; give one of this machine`,
      { cause },
    )
  }
}

/** The addresses at which other hosts reach `host`: for a wildcard those of the NICs that are up. */
export async function reachableIps(network: Pick<Network, 'interfaces'>, host: string): Promise<string[]> {
  if (!isWildcard(host)) return [host]
  const interfaces = await network.interfaces()
  return interfaces
    .filter(({ up }) => up)
    .flatMap(({ addresses }) => addresses)
    .filter(({ family, scope, temporary }) => family === familyOf(host) && scope !== 'link' && !temporary)
    .map(({ ip }) => ip)
}
