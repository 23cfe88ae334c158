/** How a search is sized: sockets on one side, probes on the other. */
export interface Birthday {
  readonly sockets: number
  readonly probes: number
  readonly probePacingMs: number
}

/** As many mappings as one peer may ask of a NAT in a second; with more, NATs drop instead of mapping. */
const MAX_SOCKETS = 256

/** Mean number of hits: a quarter percent (e^-6) of searches finds nothing, losses and late sockets aside. */
const EXPECTED_HITS = 6

/** As many as all ports of one address take: 15 s. Behind a pool of addresses that is not enough for certainty. */
const MAX_PROBES = 1512

/** 100 probes a second to ports not known to answer. */
const PACING_MS = 10

/** Inside a block this small the whole search is over before anybody could call it a scan. */
const SMALL_BLOCK = 4096
const SMALL_BLOCK_PACING_MS = 5

/** Sizes a search through `ports` ports: both sides' work grows with the square root while sockets last. */
export function sizeBirthday(ports: number): Birthday {
  const sockets = Math.min(MAX_SOCKETS, Math.ceil(2 * Math.sqrt(ports)))
  const probes = Math.min(ports, MAX_PROBES, Math.ceil((EXPECTED_HITS * ports) / sockets))
  return { sockets, probes, probePacingMs: ports <= SMALL_BLOCK ? SMALL_BLOCK_PACING_MS : PACING_MS }
}
