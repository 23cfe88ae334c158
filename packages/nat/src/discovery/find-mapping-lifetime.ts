import { type LifetimeOptions, type MappingLifetime, measureMappingLifetime } from './mapping-lifetime.ts'
import type { NatPorts } from '../probe/prober.ts'
import { resolveServers } from './resolve-servers.ts'
import { familyOf } from '@p2pd/netif'

/** How to find a mapping lifetime. */
export interface FindLifetimeOptions extends Omit<LifetimeOptions, 'server'> {
  /** `stun:` URIs (RFC 7064), of which one has to support RESPONSE-PORT. */
  readonly servers: readonly string[]
}

/** Few public servers support RESPONSE-PORT: so many are asked for it. */
const MAX_SERVERS = 4

/**
 * Measures how long an idle UDP mapping lives, by the first of a few servers that can. Undefined when none of them does.
 * Throws `NAT_NO_SERVER`, or the reason of the signal. RFC 5780 §4.6.
 */
export async function findMappingLifetime(
  ports: NatPorts,
  { servers, ...options }: FindLifetimeOptions,
): Promise<MappingLifetime | undefined> {
  const { signal, from } = options
  const choice = { servers, protocol: 'udp', family: familyOf(from.ip) } as const
  const found = await resolveServers(ports, choice, signal)
  for (const { address: server } of found.slice(0, MAX_SERVERS)) {
    if (!(await isSupported(ports, { ...options, server }))) continue
    return measureMappingLifetime(ports, { ...options, server })
  }
  return undefined
}

/** Whether a server answers to a mapping that was used a moment ago. */
async function isSupported(ports: NatPorts, options: LifetimeOptions): Promise<boolean> {
  try {
    const { lessThanMs } = await measureMappingLifetime(ports, { ...options, waitsMs: [0] })
    return lessThanMs === undefined
  } catch (error) {
    options.signal?.throwIfAborted()
    if (error instanceof Error) return false // It does not answer at all.
    throw error
  }
}
