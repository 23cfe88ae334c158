/** The size of a birthday search. */
export interface Birthday {
  /** Mappings that the side with random ports makes. */
  readonly sockets: number
  /** Ports that the other side tries, each once. */
  readonly probes: number
  readonly probePacingMs: number
}

/** As many mappings as one peer may ask of a NAT in a second; with more, NATs drop packets instead of mapping them. */
const MAX_SOCKETS = 256

/** Mean number of hits: a quarter percent (e^-6) of searches have none, losses and late sockets aside. */
const EXPECTED_HITS = 6
/** In a small block, of which the report knows only about where it ends: more hits make up for ports outside of it. */
const EXPECTED_HITS_IN_BLOCK = 9

/** As many as 64,512 ports of one address take: 15 s. Behind a pool of addresses more searches fail. */
const MAX_PROBES = 1512

/** 100 probes a second to ports not known to answer. */
const PACING_MS = 10

/** In a block this small the search ends before a firewall takes it for a port scan. */
const SMALL_BLOCK = 4096
const SMALL_BLOCK_PACING_MS = 5

/** Sizes a search through `ports` ports. The work of both sides grows with the square root, up to the most sockets. */
export function sizeBirthday(ports: number): Birthday {
  const sockets = Math.min(MAX_SOCKETS, Math.ceil(2 * Math.sqrt(ports)))
  const isSmall = ports <= SMALL_BLOCK
  const hits = isSmall ? EXPECTED_HITS_IN_BLOCK : EXPECTED_HITS
  const probes = Math.min(ports, MAX_PROBES, Math.ceil((hits * ports) / sockets))
  return { sockets, probes, probePacingMs: isSmall ? SMALL_BLOCK_PACING_MS : PACING_MS }
}

/**
 * The chance that one of p different probes among n ports hits one of s sockets.
 *
 * It is 1 - C(n - s, p) / C(n, p) = 1 - (1 - s/n)(1 - s/(n-1))...(1 - s/(n-p+1)). With s = 256 and n = 64,512 a half takes
 * 175 probes and 90 % takes 580. A search of 1,512 probes misses once in 400.
 */
export function birthdayChance(
  ports: number,
  { sockets, probes }: Pick<Birthday, 'sockets' | 'probes'> = sizeBirthday(ports),
): number {
  let missed = 1
  for (let i = 0; i < Math.min(probes, ports); i++) missed *= Math.max(0, 1 - sockets / (ports - i))
  return 1 - missed
}
