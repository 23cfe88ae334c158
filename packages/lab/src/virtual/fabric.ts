import type { Family } from '@p2pd/netif'
import { familyOf, kindOf } from '@p2pd/netif'
import type { PlannedBox } from '../address-plan.ts'
import { hop } from '../hop.ts'
import { HEADER_BYTES, LinkDirection, type LinkSettings } from '../link.ts'
import { clampSegmentSize, packetLength } from './path-mtu.ts'
import { Renumbered } from './renumbered.ts'
import type { Middlebox, Side } from '../middlebox.ts'
import type { ForwardedTo } from '../nat/port-forwarding.ts'
import type { Packet } from '../packet.ts'
import { createRandom } from '../random.ts'

/** A packet that goes onto a link. */
export interface Crossing {
  readonly at: number
  /** The host's NIC or the box that the link belongs to: `alice/eth0`, `home`. */
  readonly link: string
  /** Towards the Internet or away from it. */
  readonly direction: 'up' | 'down'
  readonly packet: Packet
  /** The number of copies that arrive: 0 when the link loses the packet. */
  readonly copies: number
}

/** The clock of the fabric, virtual or real. */
export interface FabricTime {
  now(): number
  schedule(time: number, action: () => void): unknown
}

/** A NIC or a box at the lower end of a link. */
export interface Attachment {
  readonly name: string
  /** Takes a packet that comes down the link. */
  receive(packet: Packet): void
}

/** A link in both directions, from an attachment up to a segment. */
export class Link {
  up = true
  readonly #name: string
  readonly #fabric: Fabric
  readonly #segment: Segment
  readonly #attachment: Attachment
  readonly #directions: Readonly<Record<Crossing['direction'], LinkDirection>>
  readonly #mtu: number

  constructor(fabric: Fabric, segment: Segment, attachment: Attachment, settings: LinkSettings) {
    this.#name = attachment.name
    this.#fabric = fabric
    this.#segment = segment
    this.#attachment = attachment
    const direction = (name: string) =>
      new LinkDirection(settings, createRandom(fabric.seed, `link ${this.#name} ${name}`))
    this.#directions = { up: direction('up'), down: direction('down') }
    this.#mtu = settings.mtu ?? Number.POSITIVE_INFINITY
    this.delayMs = (settings.delayMs ?? 0) + (settings.jitterMs ?? 0) / 2
  }

  /** Average one-way delay. */
  readonly delayMs: number

  /** Average one-way delay over all links from here to the Internet. */
  get delayToInternetMs(): number {
    return this.delayMs + (this.#segment.uplink?.delayToInternetMs ?? 0)
  }

  /** A neighbour has chosen an address by itself. */
  learn(ip: string): void {
    this.#segment.learn(ip, this)
  }

  sendUp(packet: Packet): void {
    const fitting = clampSegmentSize(packet, this.#mtu)
    this.#carry(fitting, 'up', () => this.#segment.forward(fitting))
  }

  sendDown(packet: Packet): void {
    const fitting = clampSegmentSize(packet, this.#mtu)
    this.#carry(fitting, 'down', () => this.#attachment.receive(fitting))
  }

  #carry(packet: Packet, direction: Crossing['direction'], arrive: () => void): void {
    if (!this.up) return
    const { scheduler, onCrossing } = this.#fabric
    const at = scheduler.now()
    const fits = packetLength(packet) <= this.#mtu
    const arrivals = fits ? this.#directions[direction].carry(HEADER_BYTES + packet.payload.length, at) : []
    for (const listener of onCrossing)
      listener({ at, link: this.#name, direction, packet, copies: arrivals.length })
    for (const time of arrivals) scheduler.schedule(time, arrive)
  }
}

/** A network segment: the Internet, or the inside of a box. */
export class Segment {
  readonly #fabric: Fabric
  readonly #links = new Map<string, Link>()
  /** The box whose inside this is. */
  readonly box: VirtualBox | undefined

  constructor(fabric: Fabric, box?: VirtualBox) {
    this.#fabric = fabric
    this.box = box
  }

  get uplink(): Link | undefined {
    return this.box?.link
  }

  /** Links an attachment to this segment. */
  attach(attachment: Attachment, settings: LinkSettings): Link {
    return new Link(this.#fabric, this, attachment, settings)
  }

  /** Routes an address to a link, here and on outer segments up to the box that translates it. */
  route(ip: string, link: Link): void {
    this.#links.set(ip, link)
    if (this.box !== undefined && !this.box.translates(familyOf(ip))) this.box.outer.route(ip, this.box.link)
  }

  /** Nobody has an address any more. */
  unroute(ip: string): void {
    this.#links.delete(ip)
  }

  /** Routes an address that a neighbour sends from, and that no other has. RFC 826. */
  learn(ip: string, link: Link): void {
    if (kindOf(ip) !== 'unspecified' && !this.#links.has(ip)) this.route(ip, link)
  }

  /** Forwards a packet from a link to a neighbour or through the box; without a route it is lost, as is multicast. */
  forward(packet: Packet): void {
    if (this.deliver(packet) || kindOf(packet.destination.ip) === 'multicast') return
    this.box?.fromInside(packet)
  }

  /** Sends a packet to the neighbour with its address; false without one. */
  deliver(packet: Packet): boolean {
    const link = this.#links.get(packet.destination.ip)
    link?.sendDown(packet)
    return link !== undefined
  }
}

/** A box in the virtual Internet, made by `net.box`. */
export class VirtualBox implements Attachment {
  readonly name: string
  /** Ports that its hosts have mapped, by whatever program on `net.gateway(box)` takes their requests. @default none */
  forwardedTo: ForwardedTo = () => undefined
  /** @internal */
  readonly plan: PlannedBox
  /** @internal */
  readonly inner: Segment
  /** @internal */
  readonly outer: Segment
  /** @internal */
  readonly link: Link
  readonly #middlebox: Middlebox
  readonly #renumbered: Renumbered
  readonly #scheduler: FabricTime

  /** @internal */
  constructor(fabric: Fabric, outer: Segment, plan: PlannedBox, middlebox: Middlebox) {
    this.name = plan.name
    this.outer = outer
    this.plan = plan
    this.#middlebox = middlebox
    this.#renumbered = new Renumbered(plan.external)
    this.#scheduler = fabric.scheduler
    this.inner = new Segment(fabric, this)
    this.link = outer.attach(this, plan.link)
    for (const ip of plan.external) outer.route(ip, this.link)
  }

  get external(): readonly string[] {
    return this.#renumbered.external
  }

  /** Gives the box another external address, as a provider does; it loses all mappings. */
  renumber(to: string): void {
    this.outer.unroute(this.#renumbered.change(to))
    this.outer.route(to, this.link)
    this.#middlebox.restart()
  }

  /** Restarts the box, which loses all mappings. */
  restart(): void {
    this.#middlebox.restart()
  }

  /** @internal */
  translates(family: Family): boolean {
    return this.external.some((ip) => familyOf(ip) === family)
  }

  /** @internal */
  receive(packet: Packet): void {
    const family = familyOf(packet.destination.ip)
    const ownIp = this.external.find((ip) => familyOf(ip) === family) ?? this.plan.inside[family]
    this.#pass(packet, 'outside', ownIp)
  }

  /** @internal */
  fromInside(packet: Packet): void {
    this.#pass(packet, 'inside', this.plan.inside[familyOf(packet.destination.ip)])
  }

  #pass(packet: Packet, from: Side, ownIp: string): void {
    const known = this.#renumbered.toModel(packet)
    for (const { side, packet: emitted } of hop(this.#middlebox, known, from, this.#scheduler.now(), ownIp)) {
      const out = this.#renumbered.fromModel(emitted)
      if (side === 'inside') this.inner.deliver(out)
      else this.link.sendUp(out)
    }
  }
}

/** The state that all parts of a virtual Internet share. */
export interface Fabric {
  readonly seed: number
  readonly scheduler: FabricTime
  readonly onCrossing: Set<(crossing: Crossing) => void>
}
