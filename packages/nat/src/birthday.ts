/** How a search through many ports is sized, as data: what `@p2pd/punch` does (a test holds the two together). */
export interface BirthdaySearch {
  /** Mappings that the side with random ports makes. */
  readonly sockets: number
  /** Ports that the other side tries, each once. */
  readonly probes: number
}

/** Node binds as many in 40 ms; with more mappings at once NATs begin to drop. */
const MAX_SOCKETS = 256

/** Sockets met on average: e^-6, a quarter percent, of searches meet none. */
const MEAN_HITS = 6

/** What 64,512 ports, all but the well-known ones of one address, take for that: 6 x 64,512 / 256. */
const MAX_PROBES = 1512

/** A search through so many ports: with 2 sqrt(n) sockets, while there are as many, both sides do alike. */
export function birthdaySearch(ports: number): BirthdaySearch {
  const sockets = Math.min(MAX_SOCKETS, Math.ceil(2 * Math.sqrt(ports)))
  return { sockets, probes: Math.min(ports, MAX_PROBES, Math.ceil((MEAN_HITS * ports) / sockets)) }
}

/**
 * That one of p different probes among n ports meets one of s sockets: 1 - C(n - s, p) / C(n, p), which is
 * 1 - (1 - s/n)(1 - s/(n-1))...(1 - s/(n-p+1)). For s = 256 and n = 64,512: 175 probes for a half, 580 for 90 %,
 * and 1,512 miss once in 400 times.
 */
export function birthdayChance(ports: number, { sockets, probes } = birthdaySearch(ports)): number {
  let missed = 1
  for (let i = 0; i < Math.min(probes, ports); i++) missed *= Math.max(0, 1 - sockets / (ports - i))
  return 1 - missed
}
