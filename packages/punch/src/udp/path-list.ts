import { formatTransportAddress, type RandomBytes, type TransportAddress } from '@p2pd/netif'
import { CHALLENGE_LENGTH } from './packet.ts'

/** One of our sockets and a remote endpoint, with the state of both directions. */
export interface Path {
  readonly socket: number
  readonly remote: TransportAddress
  /** The bytes that the peer has to send back. */
  readonly challenge: Uint8Array
  /** The peer's challenge, once received. */
  echo: Uint8Array | undefined
  /** The peer sent our challenge back: packets pass both ways. */
  verified: boolean
  /** Packets that remain to be sent since the first one was received. */
  followUps: number
}

/** Peer-reflexive endpoints, which the plan does not have; each has to know the token. RFC 8445 §7.3.1.3. */
const MAX_PEER_REFLEXIVE = 64

/** The paths of a punch: those it probes, and those from peer-reflexive endpoints. */
export class PathList {
  readonly #paths = new Map<string, Path>()
  readonly #random: RandomBytes
  #peerReflexive = 0

  constructor(random: RandomBytes) {
    this.#random = random
  }

  /** The path to an endpoint that is probed. */
  probe(socket: number, remote: TransportAddress): Path {
    return this.#find(socket, remote) ?? this.#add(socket, remote)
  }

  /** The path of a received packet; undefined when there are too many peer-reflexive ones. RFC 8445 §7.3.1.3. */
  receive(socket: number, remote: TransportAddress): Path | undefined {
    const known = this.#find(socket, remote)
    if (known !== undefined) return known
    if (this.#peerReflexive >= MAX_PEER_REFLEXIVE) return undefined
    this.#peerReflexive++
    return this.#add(socket, remote)
  }

  #find(socket: number, remote: TransportAddress): Path | undefined {
    return this.#paths.get(`${socket} ${formatTransportAddress(remote)}`)
  }

  #add(socket: number, remote: TransportAddress): Path {
    const challenge = this.#random(CHALLENGE_LENGTH)
    const path = { socket, remote, challenge, echo: undefined, verified: false, followUps: 0 }
    this.#paths.set(`${socket} ${formatTransportAddress(remote)}`, path)
    return path
  }
}
