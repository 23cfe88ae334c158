import {
  type Clock,
  type Family,
  familyOf,
  type Network,
  type RandomBytes,
  type TcpListener,
  type TransportAddress,
  type UdpSocket,
} from '@p2pd/netif'
import { ErrorCode } from '@p2pd/stun'
import { Allocation } from './allocation.ts'
import type { AllocateTerms } from './allocate-terms.ts'
import type { PeerPolicy } from './peer-policy.ts'
import { RelayPorts } from './relay-ports.ts'
import { TcpRelay, type WaitingConnection } from './tcp-relay.ts'
import type { TurnClient } from './turn-client.ts'
import type { TurnLimits } from './turn-limits.ts'

/** The parts of a server that its allocations use. */
export interface AllocationsContext {
  readonly network: Pick<Network, 'bindUdp' | 'listenTcp' | 'dial'>
  readonly clock: Clock
  readonly random: RandomBytes
  readonly limits: Required<TurnLimits>
  readonly policy: PeerPolicy
  /** The address of each family that relays are bound to. */
  readonly relayIp: (family: Family, client: TurnClient) => string | undefined
}

/** An allocation that was made, or the error to answer with. */
export type Made =
  | { readonly allocation: Allocation; readonly token?: Uint8Array; readonly missing: readonly Family[] }
  | number

/** The allocations of a server, within its limits. RFC 8656 §7. */
export class Allocations {
  readonly waiting = new Map<string, WaitingConnection>()
  readonly #context: AllocationsContext
  readonly #byClient = new Map<string, Allocation>()
  readonly #relayed = new Set<string>()
  /** Allocations of each user, those that are being made included. */
  readonly #perUser = new Map<string, number>()
  readonly #ports: RelayPorts
  /** Clients whose allocation is being made. */
  readonly #making = new Map<string, { isGone: boolean }>()
  #count = 0

  constructor(context: AllocationsContext) {
    this.#context = context
    this.#ports = new RelayPorts(context.network, context.clock, context.random)
  }

  of(client: TurnClient): Allocation | undefined {
    return this.#byClient.get(client.key)
  }

  isRelayed({ ip, port }: TransportAddress): boolean {
    return this.#relayed.has(`${ip} ${port}`)
  }

  /** Makes an allocation, unless a quota is reached or there is no address or port. RFC 8656 §7.2. */
  async make(client: TurnClient, username: string, terms: AllocateTerms): Promise<Made> {
    const { limits } = this.#context
    const used = this.#perUser.get(username) ?? 0
    if (used >= limits.perUser) return ErrorCode.AllocationQuotaReached
    if (this.#count >= limits.allocations) return ErrorCode.InsufficientCapacity
    // A second request of the 5-tuple, while the first one is under way.
    if (this.#making.has(client.key)) return ErrorCode.AllocationMismatch
    const making = { isGone: false }
    this.#making.set(client.key, making)
    this.#countOne(username, 1)
    try {
      const made = await this.#bind(client, username, terms)
      if (typeof made === 'number') this.#countOne(username, -1)
      else this.#add(made.allocation, terms.lifetimeSeconds)
      if (typeof made !== 'number' && making.isGone) this.remove(made.allocation)
      return made
    } catch {
      this.#countOne(username, -1)
      return ErrorCode.InsufficientCapacity // No port is free, or a file too many; the client learns it.
    } finally {
      this.#making.delete(client.key)
    }
  }

  /** The connection of a client has ended: its allocation ends with it, even one that is being made. */
  disconnected(client: TurnClient): void {
    const making = this.#making.get(client.key)
    if (making) making.isGone = true
    const allocation = this.of(client)
    if (allocation) this.remove(allocation)
  }

  /** Ends an allocation: at the client's wish, at its time, or with its connection. */
  remove(allocation: Allocation): void {
    const { client, username, relayed } = allocation
    if (this.#byClient.get(client.key) !== allocation) return
    this.#byClient.delete(client.key)
    for (const { ip, port } of relayed) this.#relayed.delete(`${ip} ${port}`)
    this.#countOne(username, -1)
    allocation.close()
  }

  close(): void {
    for (const allocation of [...this.#byClient.values()]) this.remove(allocation)
    this.#ports.close()
  }

  #add(allocation: Allocation, seconds: number): void {
    this.#byClient.set(allocation.client.key, allocation)
    for (const { ip, port } of allocation.relayed) this.#relayed.add(`${ip} ${port}`)
    allocation.expireIn(seconds, () => this.remove(allocation))
  }

  #countOne(username: string, change: 1 | -1): void {
    const count = (this.#perUser.get(username) ?? 0) + change
    if (count === 0) this.#perUser.delete(username)
    else this.#perUser.set(username, count)
    this.#count += change
  }

  async #bind(client: TurnClient, username: string, terms: AllocateTerms): Promise<Made> {
    const { relayIp, limits, clock, policy, random } = this.#context
    const shared = { clock, policy, transactionId: () => random(12) }
    const parts = { client, username, bytesPerSecond: limits.bytesPerSecond }
    if (terms.token) {
      const socket = this.#ports.take(terms.token)
      if (socket === undefined) return ErrorCode.InsufficientCapacity
      return {
        allocation: new Allocation({ ...parts, sockets: [socket], tcp: undefined }, shared),
        missing: [],
      }
    }
    const ips = terms.families.flatMap((family) => relayIp(family, client) ?? [])
    const missing = terms.families.filter((family) => !ips.some((ip) => familyOf(ip) === family))
    if (ips.length === 0) return ErrorCode.AddressFamilyNotSupported
    if (terms.relay === 'tcp') {
      const tcp = await this.#listen(ips, username)
      return { allocation: new Allocation({ ...parts, sockets: [], tcp }, shared), missing }
    }
    const { sockets, token } = await this.#bindUdp(ips, terms)
    const allocation = new Allocation({ ...parts, sockets, tcp: undefined }, shared)
    return { allocation, missing, ...(token && { token }) }
  }

  async #bindUdp(
    ips: readonly string[],
    terms: AllocateTerms,
  ): Promise<{ sockets: UdpSocket[]; token: Uint8Array | undefined }> {
    const sockets: UdpSocket[] = []
    let token: Uint8Array | undefined
    try {
      for (const ip of ips) {
        const port = await this.#ports.bind(ip, terms.port)
        sockets.push(port.socket)
        token ??= port.token
      }
      return { sockets, token }
    } catch (error) {
      for (const socket of sockets) socket.close()
      throw error
    }
  }

  async #listen(ips: readonly string[], username: string): Promise<TcpRelay> {
    const { network, clock, random } = this.#context
    const listeners: TcpListener[] = []
    try {
      for (const ip of ips) listeners.push(await network.listenTcp({ local: { ip, port: 0 } }))
    } catch (error) {
      for (const listener of listeners) void listener.close()
      throw error
    }
    return new TcpRelay(listeners, username, { clock, random, dialer: network, waiting: this.waiting })
  }
}
