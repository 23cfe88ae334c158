import type { RandomBytes } from '@p2pd/netif'

/** Many gateways refuse lower ones, and one searched its table for over a minute for them. RFC 6335 §6. */
export const LEAST_EXTERNAL_PORT = 1024

/** The external port to ask for: what was suggested, else the internal one, never one below 1024. */
export function usableExternalPort(
  request: { readonly suggestedExternalPort: number; readonly internal: { readonly port: number } },
  random: RandomBytes,
): number {
  const wanted = request.suggestedExternalPort || request.internal.port
  return wanted >= LEAST_EXTERNAL_PORT ? wanted : randomPort(random)
}

/** A port from 1024 to 65535. */
export function randomPort(random: RandomBytes): number {
  const [high = 0, low = 0] = random(2)
  return LEAST_EXTERNAL_PORT + (((high << 8) | low) % (65536 - LEAST_EXTERNAL_PORT))
}
