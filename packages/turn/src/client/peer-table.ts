import { formatTransportAddress, type TransportAddress } from '@p2pd/netif'
import { CHANNELS } from '../wire/channel-data.ts'

/**
 * A ChannelBind renews a permission as well, which lasts 300 s. So both are renewed after 240 s, with time for five
 * requests. RFC 8656 §9, §12.
 */
export const RENEW_MS = 240_000

/** A peer that was refused is asked for again after this time: the length of a permission. RFC 8656 §9. */
const REFUSED_MS = 300_000

/** A channel without data either way for so long is not renewed: the lifetime of a channel. RFC 8656 §12. */
const IDLE_MS = 600_000

/** After a channel has expired, its number rests for so long; the lifetime before it is 600 s. RFC 8656 §12. */
const REST_MS = 600_000 + 300_000

/** The state of a channel or a permission on the server. */
export type PeerState = 'asked' | 'granted' | 'refused'

/** A channel: one peer, address and port. RFC 8656 §12. */
export interface Channel {
  readonly number: number
  readonly peer: TransportAddress
  state: PeerState
  /** Infinity while a request is under way. */
  renewAt: number
  usedAt: number
  /** When the server last confirmed it. */
  confirmedAt: number
}

/** A permission: one IP address, any port. RFC 8656 §9. */
export interface Permission {
  readonly ip: string
  state: PeerState
  renewAt: number
}

/** The channels and permissions of one allocation, with what is due. Pure. RFC 8656 §9, §12. */
export class PeerTable {
  readonly #channels = new Map<string, Channel>()
  readonly #byNumber = new Map<number, Channel>()
  readonly #permissions = new Map<string, Permission>()
  /** Channels that have expired: a peer that comes back within the rest gets the same number. */
  readonly #resting = new Map<string, Channel>()
  #nextNumber: number = CHANNELS.first

  channelTo(peer: TransportAddress): Channel | undefined {
    return this.#channels.get(formatTransportAddress(peer))
  }

  channelOf(number: number): Channel | undefined {
    return this.#byNumber.get(number)
  }

  permissionOf(ip: string): Permission | undefined {
    return this.#permissions.get(ip)
  }

  /** Takes a free number for a peer; undefined when all are taken or rest. */
  addChannel(peer: TransportAddress, now: number): Channel | undefined {
    const key = formatTransportAddress(peer)
    const number = this.#resting.get(key)?.number ?? this.#freeNumber(now)
    if (number === undefined) return undefined
    const renewAt = Number.POSITIVE_INFINITY
    const channel: Channel = { number, peer, state: 'asked', renewAt, usedAt: now, confirmedAt: now }
    this.#resting.delete(key)
    this.#channels.set(key, channel)
    this.#byNumber.set(number, channel)
    return channel
  }

  addPermission(ip: string): Permission {
    const permission: Permission = { ip, state: 'asked', renewAt: Number.POSITIVE_INFINITY }
    this.#permissions.set(ip, permission)
    return permission
  }

  removePermission(ip: string): void {
    this.#permissions.delete(ip)
  }

  /** Marks the answer of the server. */
  granted(entry: Channel | Permission, now: number): void {
    entry.state = 'granted'
    entry.renewAt = now + RENEW_MS
    if ('number' in entry) entry.confirmedAt = now
  }

  /** Marks a refusal: nothing is sent to the peer for a while. */
  refused(entry: Channel | Permission, now: number): void {
    entry.state = 'refused'
    entry.renewAt = now + REFUSED_MS
  }

  get nextRenewalAt(): number {
    return Math.min(...[...this.#entries()].map(({ renewAt }) => renewAt))
  }

  /** Takes the entries to ask the server for now. Channels that are refused or not used are left to expire. */
  takeDue(now: number): (Channel | Permission)[] {
    const due = [...this.#entries()].filter(({ renewAt }) => renewAt <= now)
    return due.filter((entry) => {
      entry.renewAt = Number.POSITIVE_INFINITY
      const isOver = 'number' in entry && (entry.state === 'refused' || now - entry.usedAt > IDLE_MS)
      if (isOver) this.#expire(entry)
      return !isOver
    })
  }

  *#entries(): Generator<Channel | Permission> {
    yield* this.#channels.values()
    yield* this.#permissions.values()
  }

  #expire(channel: Channel): void {
    const key = formatTransportAddress(channel.peer)
    this.#channels.delete(key)
    this.#resting.set(key, channel)
  }

  /** A number that no peer has, or whose channel has expired and rested. */
  #freeNumber(now: number): number | undefined {
    const count = CHANNELS.last - CHANNELS.first + 1
    for (let tries = 0; tries < count; tries++) {
      const number = this.#nextNumber
      this.#nextNumber = number === CHANNELS.last ? CHANNELS.first : number + 1
      const before = this.#byNumber.get(number)
      if (before === undefined) return number
      const key = formatTransportAddress(before.peer)
      if (this.#resting.get(key) === before && now - before.confirmedAt > REST_MS) {
        this.#resting.delete(key)
        return number
      }
    }
    return undefined
  }
}
