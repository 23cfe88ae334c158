import { formatTransportAddress, type RandomBytes, type TransportAddress } from '@p2pd/netif'
import { CHALLENGE_LENGTH } from './packet.ts'

/** One of our sockets and a remote endpoint, with what was heard from there. */
export interface Path {
  readonly socket: number
  readonly remote: TransportAddress
  /** What the peer has to send back. */
  readonly challenge: Uint8Array
  /** The peer's challenge, once heard. */
  echo: Uint8Array | undefined
  /** It sent our challenge back: packets pass both ways. */
  verified: boolean
  /** Packets still to be sent since the first one was heard. */
  followUps: number
}

/** Endpoints we never asked that may speak to us; each has to know the token. */
const MAX_UNASKED = 64

/** The paths of a punch, asked or heard. */
export class PathList {
  readonly #paths = new Map<string, Path>()
  readonly #random: RandomBytes
  #unasked = 0

  constructor(random: RandomBytes) {
    this.#random = random
  }

  /** The path to an endpoint we ask. */
  ask(socket: number, remote: TransportAddress): Path {
    return this.#find(socket, remote) ?? this.#add(socket, remote)
  }

  /** The path from an endpoint that spoke; undefined when there are too many. RFC 8445 §7.3.1.3. */
  hear(socket: number, remote: TransportAddress): Path | undefined {
    const known = this.#find(socket, remote)
    if (known !== undefined) return known
    if (this.#unasked >= MAX_UNASKED) return undefined
    this.#unasked++
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
