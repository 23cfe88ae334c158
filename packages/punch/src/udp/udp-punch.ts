import { equalBytes, type RandomBytes, sameTransportAddress, type TransportAddress } from '@p2pd/netif'
import { AmplificationLimit } from '../amplification-limit.ts'
import type { PunchPlan } from '../plan/plan.ts'
import type { Side } from '../token.ts'
import { decodePacket, encodePacket, type PunchPacket } from './packet.ts'
import { type Path, PathList } from './path-list.ts'
import { ProbeSchedule } from './probe-schedule.ts'

/** A request to the driver. `socket` is an index into the plan's sockets. */
export type UdpPunchOutput =
  | {
      readonly type: 'send'
      readonly socket: number
      readonly data: Uint8Array
      readonly to: TransportAddress
      /** Low: the packet expires before it reaches the peer. */
      readonly ttl?: number
    }
  | { readonly type: 'wake'; readonly at: number }
  /** The path that both sides keep. The machine may still have to send packets on it. */
  | { readonly type: 'done'; readonly socket: number; readonly remote: TransportAddress }
  | { readonly type: 'fail' }

/** At least three packets follow the first one received, so that one arrives; more while no echo comes back. */
const FOLLOW_UPS = 3
const MAX_FOLLOW_UPS = 12
/** Between follow-ups, and between nominations. */
const FOLLOW_UP_MS = 30

/** A nomination is repeated until the peer agrees; a path without an answer to so many is dead. */
const MAX_NOMINATIONS = 20

/**
 * The machine of a UDP punch. It sends the probes of the plan and answers packets that carry the token. It ends when
 * one path works both ways and both sides have agreed on it. Where both mappings are known and there is one path to take,
 * the controlling side nominates it with its first packet.
 */
export class UdpPunch {
  readonly #plan: PunchPlan
  readonly #token: Uint8Array
  readonly #side: Side
  readonly #paths: PathList
  readonly #limit = new AmplificationLimit()
  readonly #probes: ProbeSchedule
  readonly #openUntil: number
  readonly #failAt: number
  /** Paths on which packets remain to be sent. */
  readonly #following = new Set<Path>()
  #followAt = Number.POSITIVE_INFINITY
  #chosen: Path | undefined
  #nominations = 0
  #agreed = false
  #over = false
  #out: UdpPunchOutput[] = []

  constructor(plan: PunchPlan, token: Uint8Array, random: RandomBytes, now: number) {
    this.#plan = plan
    this.#token = token
    this.#side = plan.controlling ? 'controlling' : 'controlled'
    this.#paths = new PathList(random)
    this.#probes = new ProbeSchedule(plan, random, now)
    this.#openUntil = now + plan.timing.startMs + (plan.openers?.untilMs ?? 0)
    this.#failAt = now + plan.timing.startMs + plan.timing.boundMs
  }

  wake(now: number): UdpPunchOutput[] {
    if (this.#over) return []
    if (this.#chosen === undefined) {
      if (now >= this.#failAt) return this.#fail()
      const ttl = now < this.#openUntil ? this.#plan.openers?.ttl : undefined
      for (const { socket, remote } of this.#probes.take(now))
        this.#send(this.#paths.probe(socket, remote), ttl)
    }
    if (now >= this.#followAt) this.#follow(now)
    return this.#flush()
  }

  receive(socket: number, data: Uint8Array, from: TransportAddress, now: number): UdpPunchOutput[] {
    const packet = this.isOwn(data) ? decodePacket(this.#token, data) : undefined
    if (packet === undefined || packet.from === this.#side) return []
    const path = this.#paths.receive(socket, from)
    if (path === undefined) return []
    const first = path.echo === undefined
    path.echo = packet.challenge
    if (packet.echo !== undefined && equalBytes(packet.echo, path.challenge)) path.verified = true
    if (this.#chosen === undefined) this.#progress(path, packet, first, now)
    else if (path === this.#chosen) this.#settle(path, packet)
    return this.#flush()
  }

  /** Whether bytes belong to this punch, and not to the user of the socket after it. */
  isOwn(data: Uint8Array): boolean {
    return decodePacket(this.#token, data) !== undefined
  }

  #progress(path: Path, packet: PunchPacket, first: boolean, now: number): void {
    const isAgreeable = this.#plan.controlling || packet.nominates
    if ((path.verified && isAgreeable) || this.#isCertain(path)) return this.#choose(path, now)
    if (!first) return
    this.#send(path)
    path.followUps = MAX_FOLLOW_UPS
    this.#following.add(path)
    this.#followAt = Math.min(this.#followAt, now + FOLLOW_UP_MS)
  }

  /**
   * Whether a packet from there is enough to nominate the path, half a round trip before the echo. It came from the mapping
   * that the peer announced, so the peer's NAT is open for the way back. A second attempt does not rely on that.
   */
  #isCertain({ socket, remote }: Path): boolean {
    const { controlling, technique, confirms, targets } = this.#plan
    if (!controlling || confirms || technique !== 'known-mappings') return false
    return targets.some((one) => one.socket === socket && sameTransportAddress(one.remote, remote))
  }

  #choose(path: Path, now: number): void {
    this.#chosen = path
    this.#following.clear()
    this.#following.add(path)
    path.followUps = this.#plan.controlling ? MAX_NOMINATIONS : FOLLOW_UPS
    this.#followAt = now + FOLLOW_UP_MS
    this.#send(path)
    this.#out.push({ type: 'done', socket: path.socket, remote: path.remote })
  }

  /** After the choice: repeats the nomination or agrees to it. */
  #settle(path: Path, { nominates }: PunchPacket): void {
    if (!nominates) return
    if (this.#plan.controlling) this.#agreed = true
    // The peer has not received our agreement.
    else if (this.#nominations++ < MAX_NOMINATIONS) this.#send(path)
  }

  #follow(now: number): void {
    for (const path of this.#following) {
      const sent = (path === this.#chosen ? this.#most : MAX_FOLLOW_UPS) - path.followUps
      const enough = path === this.#chosen ? this.#agreed : path.verified
      if (path.followUps-- <= 0 || (enough && sent >= FOLLOW_UPS)) this.#following.delete(path)
      else this.#send(path)
    }
    this.#followAt = this.#following.size > 0 ? now + FOLLOW_UP_MS : Number.POSITIVE_INFINITY
  }

  get #most(): number {
    return this.#plan.controlling ? MAX_NOMINATIONS : FOLLOW_UPS
  }

  #send(path: Path, ttl?: number): void {
    if (!path.verified && !this.#limit.allow(path.remote)) return
    const { socket, remote, challenge, echo } = path
    const nominates = path === this.#chosen
    const data = encodePacket(this.#token, { from: this.#side, challenge, nominates, ...(echo && { echo }) })
    // A peer that was received has opened its NAT already.
    const short = ttl !== undefined && echo === undefined && { ttl }
    this.#out.push({ type: 'send', socket, data, to: remote, ...short })
  }

  #fail(): UdpPunchOutput[] {
    this.#over = true
    return [{ type: 'fail' }]
  }

  #flush(): UdpPunchOutput[] {
    const out = this.#out
    this.#out = []
    const next =
      this.#chosen === undefined ? Math.min(this.#probes.dueAt, this.#followAt, this.#failAt) : this.#followAt
    if (next < Number.POSITIVE_INFINITY) out.push({ type: 'wake', at: next })
    return out
  }
}
