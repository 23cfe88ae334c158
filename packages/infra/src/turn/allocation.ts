import { type Clock, type Family, familyOf, type TransportAddress, type UdpSocket } from '@p2pd/netif'
import { encodeChannelData, encodeDataIndication } from '@p2pd/turn'
import { Bandwidth } from './bandwidth.ts'
import { Permissions } from './permissions.ts'
import type { PeerPolicy } from './peer-policy.ts'
import type { TcpRelay } from './tcp-relay.ts'
import type { TurnClient } from './turn-client.ts'

/** The parts of an allocation. */
export interface AllocationParts {
  readonly client: TurnClient
  readonly username: string
  /** One socket, or one of each family; none for TCP. */
  readonly sockets: readonly UdpSocket[]
  readonly tcp: TcpRelay | undefined
  readonly bytesPerSecond: number
}

/** The parts that all allocations of a server share. */
export interface AllocationContext {
  readonly clock: Clock
  readonly policy: PeerPolicy
  readonly transactionId: () => Uint8Array
}

/** One allocation: it relays between a client and its peers. RFC 8656 §3.2. */
export class Allocation {
  readonly client: TurnClient
  readonly username: string
  readonly tcp: TcpRelay | undefined
  readonly #permissions = new Permissions()
  readonly #sockets: readonly UdpSocket[]
  readonly #context: AllocationContext
  readonly #toPeers: Bandwidth
  readonly #toClient: Bandwidth
  #cancelExpiry = () => {}

  constructor(
    { client, username, sockets, tcp, bytesPerSecond }: AllocationParts,
    context: AllocationContext,
  ) {
    this.client = client
    this.username = username
    this.tcp = tcp
    this.#sockets = sockets
    this.#context = context
    this.#toPeers = new Bandwidth(bytesPerSecond)
    this.#toClient = new Bandwidth(bytesPerSecond)
    for (const socket of sockets) socket.onMessage((data, from) => this.#receive(data, from))
    tcp?.begin(client, (ip) => this.#permissions.isPermitted(ip, context.clock.now()))
  }

  get relayed(): readonly TransportAddress[] {
    return this.tcp ? this.tcp.relayed : this.#sockets.map(({ local }) => local)
  }

  get families(): readonly Family[] {
    return this.relayed.map(({ ip }) => familyOf(ip))
  }

  /** Ends the allocation after this time, unless it is called again. RFC 8656 §8. */
  expireIn(seconds: number, expire: () => void): void {
    this.#cancelExpiry()
    const { clock } = this.#context
    this.#cancelExpiry = clock.at(clock.now() + seconds * 1000, expire)
  }

  /** Grants or renews a permission; false when there are too many. RFC 8656 §10.2. */
  permit(ip: string): boolean {
    return this.#permissions.permit(ip, this.#context.clock.now())
  }

  /** Binds or renews a channel; false when its number or its peer has another. RFC 8656 §12.2. */
  bind(channel: number, peer: TransportAddress): boolean {
    return this.#permissions.bind(channel, peer, this.#context.clock.now())
  }

  /** Relays the data of a channel. RFC 8656 §12.6. */
  sendOn(channel: number, data: Uint8Array): void {
    const peer = this.#permissions.peerOf(channel, this.#context.clock.now())
    if (peer) this.send(data, peer)
  }

  /** Relays a datagram of the client to a peer that has a permission. RFC 8656 §11.2, §12.6. */
  send(data: Uint8Array, peer: TransportAddress): void {
    const { clock, policy } = this.#context
    const now = clock.now()
    if (!this.#permissions.isPermitted(peer.ip, now) || !policy.mayReach(peer)) return
    if (!this.#toPeers.allow(data.length, now)) return
    this.#sockets.find(({ local }) => familyOf(local.ip) === familyOf(peer.ip))?.send(data, peer)
  }

  close(): void {
    this.#cancelExpiry()
    for (const socket of this.#sockets) socket.close()
    this.tcp?.close()
  }

  /** Relays a datagram of a peer to the client. RFC 8656 §11.3, §12.7. */
  #receive(data: Uint8Array, from: TransportAddress): void {
    const now = this.#context.clock.now()
    if (!this.#permissions.isPermitted(from.ip, now) || !this.#toClient.allow(data.length, now)) return
    const channel = this.#permissions.channelOf(from, now)
    const padded = this.client.transport === 'tcp'
    this.client.send(
      channel === undefined
        ? encodeDataIndication(this.#context.transactionId(), from, data)
        : encodeChannelData({ channel, data }, padded),
    )
  }
}
