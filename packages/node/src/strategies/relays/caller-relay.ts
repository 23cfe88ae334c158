import { familyOf } from '@p2pd/netif'
import { TOKEN_LENGTH } from '@p2pd/punch'
import { type Relay, type RelayWish, serves, type TcpRelay, type UdpRelay } from '../../relays/relay-pool.ts'
import { NodeError } from '../../node-error.ts'
import type { CallContext } from '../context.ts'
import type { PeerKnowledge } from '../peer-knowledge.ts'
import { tcpArrival, udpArrival } from './arrival.ts'
import { peerFamilies } from './peer-families.ts'
import { RelayNeed } from './relay-need.ts'

/** From the peer's second answer to its connection: three dials, 300 ms apart. */
const ARRIVAL_TIMEOUT_MS = 5_000
/** Those dials are over by then, with TLS. A peer behind a firewall that stops TCP needs a UDP relay. */
const UDP_DELAY_MS = 1_500
/** A record comes after half a signalling round trip. A node with two servers or fewer does not wait for it. */
const RECORD_WAIT_MS = 200
/** Connections from the peer's relay address that are authenticated: those of its three tries, and some of strangers. */
const MAX_ARRIVALS = 8
/** The reason when no offer was answered. */
const NOBODY_KNOWS = 'the peer has not answered, so it does not know the relay'
/** The reason when nothing came to a TCP relay. */
const NOBODY_CAME = 'the peer answered, but did not connect to the relay'
/** Hosts that may come in: a peer behind a pool of addresses has several. */
const MAX_PERMITTED = 16

/** The caller's half of `relay`: waits until one is needed, allocates, permits the peer, and offers the relayed address. */
export class CallerRelay {
  readonly #context: CallContext
  readonly #peer: PeerKnowledge
  readonly #need: RelayNeed
  readonly #over = new AbortController()
  /** The hosts that each relay of this call lets in. */
  readonly #permitted = new Map<Relay, Set<string>>()
  #cause = ''
  #release: (() => void) | undefined
  #cancelArrival = () => {}
  #arrived = 0

  constructor(context: CallContext, peer: PeerKnowledge) {
    this.#context = context
    this.#peer = peer
    this.#need = new RelayNeed(context, peer)
  }

  /** Begins; returns the function that ends it. A path that won stays, and so does its allocation. */
  start(): () => void {
    const stopWatching = this.#peer.onChange(() => {
      if (this.#peer.isAnswered) this.#release ??= this.#context.race.hold()
      this.#permitPeer()
    })
    const stopNeed = this.#need.watch((cause) => {
      this.#cause = cause
      this.#release ??= this.#context.race.hold()
      void this.#begin()
    })
    return () => {
      stopNeed()
      this.#cancelArrival()
      stopWatching()
      this.#over.abort(new NodeError('NODE_ABORTED', 'the call is over'))
      this.#release?.()
      // A UDP relay ends with its attempt or with its path.
      for (const relay of this.#permitted.keys()) if (relay.transport === 'tcp') void relay.close()
    }
  }

  async #begin(): Promise<void> {
    const { race } = this.#context
    try {
      const relay = await this.#open()
      if (relay === undefined || this.#over.signal.aborted) return void relay?.release()
      this.#admitPeerTo(relay)
      await (relay.transport === 'tcp' ? this.#offerTcp(relay) : this.#offerUdp(relay))
    } catch (error) {
      if (!this.#over.signal.aborted) race.skip('relay', (error as Error).message)
      this.#release?.()
    }
  }

  /** The record of the peer comes while the server allocates, and may name a family that the server gave no address of. */
  async #open(): Promise<Relay | undefined> {
    const { relays } = this.#context.node
    const { signal } = this.#over
    if (relays?.hasChoice) await this.#described()
    if (signal.aborted) return undefined
    const first = await relays?.open(signal, this.#wish)
    const wish = this.#wish
    if (first === undefined || signal.aborted || serves(first, wish)) return first
    await first.release()
    return relays?.open(signal, wish)
  }

  get #wish(): RelayWish {
    return { families: peerFamilies(this.#peer), near: this.#peer.turnServers }
  }

  /** Waits a moment for the peer's record, which names its servers. */
  #described(): Promise<void> {
    if (this.#peer.isDescribed) return Promise.resolve()
    const { clock } = this.#context.node.runtime
    return new Promise((resolve) => {
      const end = () => {
        stop()
        cancel()
        resolve()
      }
      const stop = this.#peer.onChange(() => this.#peer.isDescribed && end())
      const cancel = clock.at(clock.now() + RECORD_WAIT_MS, end)
      this.#over.signal.addEventListener('abort', end, { once: true })
    })
  }

  async #offerTcp(relay: TcpRelay): Promise<void> {
    const { node, race } = this.#context
    const { clock } = node.runtime
    relay.onConnection((connection) => {
      if (++this.#arrived > MAX_ARRIVALS) return void connection.stream.destroy()
      race.add(tcpArrival(this.#context, connection, this.#cause))
    })
    await this.#offer(relay)
    if (!this.#peer.isAnswered) return this.#giveUp(NOBODY_KNOWS)
    const isUdpUsable = node.runtime.udx !== undefined
    this.#cancelArrival = clock.at(clock.now() + (isUdpUsable ? UDP_DELAY_MS : ARRIVAL_TIMEOUT_MS), () => {
      if (isUdpUsable && this.#arrived === 0) void this.#addUdp()
      else this.#giveUp(NOBODY_CAME)
    })
  }

  /** Offers a UDP relay beside a TCP relay, which the peer may still reach. */
  async #addUdp(): Promise<void> {
    const { node } = this.#context
    const { clock } = node.runtime
    try {
      const relay = await node.relays?.open(this.#over.signal, { ...this.#wish, transport: 'udp' })
      if (relay?.transport !== 'udp' || this.#over.signal.aborted) return void relay?.release()
      this.#admitPeerTo(relay)
      await this.#offerUdp(relay)
    } catch {
      // No server relays UDP: the TCP relay is the last way, and its reason is the one to tell.
      const waitMs = ARRIVAL_TIMEOUT_MS - UDP_DELAY_MS
      this.#cancelArrival = clock.at(clock.now() + waitMs, () => this.#giveUp(NOBODY_CAME))
    }
  }

  /** The server has the requests long before the peer has the offer; and the peer tries again. */
  #admitPeerTo(relay: Relay): void {
    this.#permitted.set(relay, new Set())
    this.#permitPeer()
  }

  #giveUp(reason: string): void {
    if (this.#arrived === 0 && !this.#over.signal.aborted) this.#context.race.skip('relay', reason)
    this.#release?.()
  }

  async #offerUdp(relay: UdpRelay): Promise<void> {
    const { node, race } = this.#context
    const token = node.runtime.random(TOKEN_LENGTH)
    race.add(udpArrival(this.#context, relay, { token, cause: this.#cause }))
    await this.#offer(relay, token)
    this.#release?.()
  }

  async #offer({ relayed, transport }: Relay, token?: Uint8Array): Promise<void> {
    const further = relayed.map(({ ip, port }) => ({ kind: 'relayed', transport, ip, port }) as const)
    await this.#context.offerer?.offerAgain('relay', { further, ...(token && { token }) })
  }

  /** Lets the peer in, from each of its addresses that are known by now: the server lets nobody else in. */
  #permitPeer(): void {
    for (const [relay, permitted] of this.#permitted) {
      for (const ip of this.#addresses(relay)) {
        if (permitted.size >= MAX_PERMITTED || permitted.has(ip)) continue
        permitted.add(ip)
        void relay.permit(ip)
      }
    }
  }

  /** The addresses that the peer may come from. One that relays at the same server comes from the relay's own. */
  #addresses(relay: Relay): string[] {
    const { candidates, checklists } = this.#peer
    const sides = checklists.flatMap(({ pairs }) =>
      pairs.flatMap(({ remote }) => remote.nat.externalAddresses),
    )
    const own = relay.relayed.map(({ ip }) => ip)
    const families = new Set(own.map(familyOf))
    const ips = [...own, ...sides, ...candidates.map(({ ip }) => ip)]
    return [...new Set(ips)].filter((ip) => families.has(familyOf(ip)))
  }
}
