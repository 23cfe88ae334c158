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
 * Idle times that are tried, all at once, and the lifetimes of usual NATs that each stands for. It is a little shorter, since
 * answers and timers come late. Beyond two minutes a session needs no more than two packets a minute in any case. RFC 4787 §4.3.
 */
const USUAL_MS = new Map([
  [15_000, 16_000],
  [28_000, 30_000],
  [38_000, 40_000],
  [58_000, 60_000],
  [88_000, 90_000],
  [119_000, 120_000],
  [121_000, 121_000],
])

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
  const found = await findMappingLifetime(ports, { servers, from, waitsMs: [...USUAL_MS.keys()], signal })
  return USUAL_MS.get(found?.atLeastMs ?? 0)
}
