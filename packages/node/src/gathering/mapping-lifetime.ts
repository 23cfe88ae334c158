import { findMappingLifetime } from '@p2pd/nat'
import type { Clock, Network, RandomBytes } from '@p2pd/netif'
import type { Base } from '../candidates/base.ts'

/** The ports of the host that the measurement needs. */
export interface LifetimePorts {
  readonly network: Network
  readonly clock: Clock
  readonly random: RandomBytes
}

/**
 * Idle times that are tried, all at once: a little less than the lifetimes of usual NATs. Beyond two minutes a session
 * needs no more than two packets a minute in any case. RFC 4787 §4.3.
 */
const WAITS_MS = [15_000, 28_000, 38_000, 58_000, 88_000, 119_000, 121_000]

/**
 * Measures for how long the NAT of a base keeps an idle UDP mapping, in milliseconds. It takes two minutes, two sockets for
 * each idle time, and three packets each at most. Undefined when no STUN server supports that, or the NAT drops its mappings sooner than
 * any in use. RFC 5780 §4.6.
 */
export async function measureLifetime(
  { network, clock, random }: LifetimePorts,
  { ip, interfaceName }: Base,
  { servers, signal }: { readonly servers: readonly string[]; readonly signal: AbortSignal },
): Promise<number | undefined> {
  const from = { ip, ...(interfaceName !== undefined && { interfaceName }) }
  const ports = { network, clock, random }
  const found = await findMappingLifetime(ports, { servers, from, waitsMs: WAITS_MS, signal })
  return found?.atLeastMs || undefined
}
