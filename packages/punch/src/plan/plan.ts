import type { TransportAddress } from '@p2pd/netif'

/** How a path is opened. */
export type Technique = 'known-mappings' | 'open-then-listen' | 'window' | 'birthday'

/** One of this side's sockets, by its place in the plan, and a remote endpoint it sends to or dials. */
export interface Target {
  readonly socket: number
  readonly remote: TransportAddress
}

/** Probing at random for one of the peer's many mappings: the birthday paradox does the rest. */
export interface Search {
  readonly ips: readonly string[]
  readonly portRange: readonly [low: number, high: number]
  /** How many ports to try, each once. */
  readonly probes: number
  readonly pacingMs: number
}

/** First packets that open the way at home and end on the way there. */
export interface Openers {
  readonly ttl: number
  /** From the beginning; what follows goes all the way. */
  readonly untilMs: number
}

/** When to begin, how fast to go on, and when to give up. */
export interface Timing {
  readonly startMs: number
  /** Between the first packets to two targets. */
  readonly pacingMs: number
  /** Between two rounds through the targets; 0 for a single round. */
  readonly repeatMs: number
  /** From the beginning. */
  readonly boundMs: number
}

/** What this side does, as plain data. The peer derives the matching plan from the same two reports. */
export interface PunchPlan {
  readonly protocol: 'udp' | 'tcp'
  readonly technique: Technique
  /** It chooses the one path that both sides keep. RFC 8445 §6.1.1. */
  readonly controlling: boolean
  /** Local addresses to send from; port 0 for any. */
  readonly sockets: readonly TransportAddress[]
  /** In this order: behind a counting NAT each makes the next mapping. */
  readonly targets: readonly Target[]
  /** The first socket's, beside the targets. */
  readonly search?: Search
  /** UDP: the first packets to the targets. */
  readonly openers?: Openers
  /** TCP: whose first port listens, once its dials have opened the way; the other side dials it. */
  readonly listener: 'local' | 'remote' | 'none'
  /** The controlling side hears from the peer before it chooses; else the first connection is the one. */
  readonly confirms: boolean
  readonly timing: Timing
}

/** A pair that cannot be punched, and why. */
export interface ImpossiblePlan {
  readonly protocol: 'udp' | 'tcp'
  readonly technique: 'impossible'
  readonly reason: string
}
