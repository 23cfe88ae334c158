import type { RandomBytes } from '@p2pd/netif'

/** Below the ports that Linux gives out: nobody else binds these. */
const LOCAL_PORTS = [20_000, 32_767] as const

/** More than any row of predicted ports. */
const ROW = 64

/**
 * Rows of local ports, each used once: the first is drawn, the others follow. A port that was used before may still
 * be mapped, and a NAT that counts would not count it again.
 */
export function portRows(random: RandomBytes): () => number {
  const [low, high] = LOCAL_PORTS
  const rows = Math.floor((high - low + 1) / ROW)
  const [a = 0, b = 0] = random(2)
  let row = a * 256 + b
  // In the middle: one or two ports before the first are mapped to see where a rule stands.
  return () => low + (row++ % rows) * ROW + ROW / 4
}
