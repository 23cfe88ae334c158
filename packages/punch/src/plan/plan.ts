import type { TransportAddress } from '@p2pd/netif'

/**
 * How two sides open a path.
 *
 * - `known-mappings`: both send to, or dial, the mapping that a STUN server saw. RFC 5128 §3.3, §3.4
 * - `open-then-listen`: one side opens its filter towards the other's address and waits; the other dials its mapping
 * - `window`: port prediction, over a window of ports. RFC 5128 §3.5, §3.6
 * - `birthday`: many sockets on one side, many probes to random ports on the other
 */
export type Technique = 'known-mappings' | 'open-then-listen' | 'window' | 'birthday'

/** Why two sides have no technique. */
export interface ImpossiblePair {
  /** A sentence for people. */
  readonly reason: string
}

/** One of this side's sockets, by its index in the plan, and the remote endpoint that it sends to or dials. */
export interface PunchTarget {
  readonly socket: number
  readonly remote: TransportAddress
}

/** Probes to random ports, one of which meets one of the peer's many mappings: the birthday paradox. */
export interface Search {
  readonly ips: readonly string[]
  readonly portRange: readonly [low: number, high: number]
  /** How many ports to try, each once. */
  readonly probes: number
  /** On average over each second; in a second they may leave faster one after the other. */
  readonly pacingMs: number
}

/** First packets that open the own NAT and expire before they reach the peer's. */
export interface Openers {
  readonly ttl: number
  /** From the start of the punch; later packets have the full TTL. */
  readonly untilMs: number
}

/** The pace of a punch, and its end. */
export interface Timing {
  readonly startMs: number
  /** Between the first packets to two targets. */
  readonly pacingMs: number
  /** Between two rounds through the targets; 0 for a single round. */
  readonly repeatMs: number
  /** From the start: the punch then fails. */
  readonly boundMs: number
}

/** The part of this side in a punch, as plain data. The peer derives the matching plan from the same two reports. */
export interface PunchPlan {
  readonly protocol: 'udp' | 'tcp'
  readonly technique: Technique
  /** This side nominates the path that both keep. RFC 8445 §6.1.1. */
  readonly controlling: boolean
  /** Local addresses to send from; port 0 for any. */
  readonly sockets: readonly TransportAddress[]
  /** In this order: behind a counting NAT each makes the next mapping. */
  readonly targets: readonly PunchTarget[]
  /** Done by the first socket, beside the targets. */
  readonly search?: Search
  /** UDP: the first packets to the targets. */
  readonly openers?: Openers
  /** TCP: the side whose first port listens, once its dials have opened the NAT; the other side dials it. */
  readonly listener: 'local' | 'remote' | 'none'
  /**
   * The controlling side waits before it nominates a path: over TCP for the peer's greeting, over UDP for its echo. Else it
   * takes the first connection, or the first known mapping from which a packet came.
   */
  readonly confirms: boolean
  readonly timing: Timing
}

/** A pair that cannot be punched. */
export interface ImpossiblePlan extends ImpossiblePair {
  readonly protocol: 'udp' | 'tcp'
  readonly technique: 'impossible'
}
