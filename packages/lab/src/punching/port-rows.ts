import type { RandomBytes } from '@p2pd/netif'

/** Below Linux's ephemeral ports, so that no other socket has one of these. */
const LOCAL_PORTS = [20_000, 32_767] as const

/** Longer than any row of predicted ports. */
const ROW = 64

/**
 * Rows of local ports, each used once: the first row is drawn, the others follow. A used port may still have a
 * mapping, and then a counting NAT does not move on.
 */
export function portRows(random: RandomBytes): () => number {
  const [low, high] = LOCAL_PORTS
  const rows = Math.floor((high - low + 1) / ROW)
  const [a = 0, b = 0] = random(2)
  let row = a * 256 + b
  // Not at the edge of a row: the punch also maps one or two ports before the first, to see the last external port.
  return () => low + (row++ % rows) * ROW + ROW / 4
}
