import { formatTransportAddress, type TransportAddress } from '@p2pd/netif'

/** RFC 8656 §9. */
const PERMISSION_MS = 300_000

/** RFC 8656 §12. */
const CHANNEL_MS = 600_000

/** Hosts that one allocation may permit, and channels that it may bind, so that it costs a bounded amount of memory. */
const MAX_PERMISSIONS = 1024
const MAX_CHANNELS = 1024

interface Channel {
  readonly number: number
  readonly peer: TransportAddress
  expiresAt: number
}

/** The permissions and channels of one allocation. Pure. RFC 8656 §9, §12. */
export class Permissions {
  readonly #expiries = new Map<string, number>()
  readonly #byNumber = new Map<number, Channel>()
  readonly #byPeer = new Map<string, Channel>()

  /** Adds or renews the permission of a host; false when there are too many. */
  permit(ip: string, now: number): boolean {
    if (!this.#expiries.has(ip) && this.#expiries.size >= MAX_PERMISSIONS) this.#forgetExpired(now)
    if (!this.#expiries.has(ip) && this.#expiries.size >= MAX_PERMISSIONS) return false
    this.#expiries.set(ip, now + PERMISSION_MS)
    return true
  }

  isPermitted(ip: string, now: number): boolean {
    return (this.#expiries.get(ip) ?? 0) > now
  }

  /** Binds or renews a channel; false when its number or its peer has another. RFC 8656 §12.2. */
  bind(number: number, peer: TransportAddress, now: number): boolean {
    const key = formatTransportAddress(peer)
    const [ofNumber, ofPeer] = [
      this.#live(this.#byNumber.get(number), now),
      this.#live(this.#byPeer.get(key), now),
    ]
    if (ofNumber !== ofPeer) return false
    if (ofNumber === undefined && !this.#hasRoomForChannel(now)) return false
    if (!this.permit(peer.ip, now)) return false
    const channel = ofNumber ?? { number, peer, expiresAt: 0 }
    channel.expiresAt = now + CHANNEL_MS
    this.#byNumber.set(number, channel)
    this.#byPeer.set(key, channel)
    return true
  }

  peerOf(number: number, now: number): TransportAddress | undefined {
    return this.#live(this.#byNumber.get(number), now)?.peer
  }

  channelOf(peer: TransportAddress, now: number): number | undefined {
    return this.#live(this.#byPeer.get(formatTransportAddress(peer)), now)?.number
  }

  /** Forgets channels that have expired when there are too many. */
  #hasRoomForChannel(now: number): boolean {
    if (this.#byPeer.size < MAX_CHANNELS) return true
    for (const [key, channel] of this.#byPeer) {
      if (this.#live(channel, now) !== undefined) continue
      this.#byPeer.delete(key)
      if (this.#byNumber.get(channel.number) === channel) this.#byNumber.delete(channel.number)
    }
    return this.#byPeer.size < MAX_CHANNELS
  }

  #live(channel: Channel | undefined, now: number): Channel | undefined {
    return channel !== undefined && channel.expiresAt > now ? channel : undefined
  }

  #forgetExpired(now: number): void {
    for (const [ip, expiresAt] of this.#expiries) if (expiresAt <= now) this.#expiries.delete(ip)
  }
}
