import type { Clock } from '@p2pd/netif'
import type { Secure } from './secure.ts'

/**
 * Measures the round trip of a path while its stream is secured. The client is sure after one round trip; its own part of the
 * computation makes the path seem some milliseconds longer, never shorter. RFC 8446 §2.
 */
export function timedSecure(secure: Secure, clock: Clock): Secure {
  return async (stream, options) => {
    const startedAt = clock.now()
    const secured = await secure(stream, options)
    return options.role === 'client' ? { ...secured, rttMs: clock.now() - startedAt } : secured
  }
}
