import { familyOf } from '@p2pd/netif'
import type { AddressPlan, PlannedBox } from '../../address-plan.ts'
import { createBox } from '../../nat/create-box.ts'
import type { Packet } from '../../packet.ts'
import { createRandom } from '../../random.ts'
import { INTERNET } from '../../scenario.ts'
import {
  type Attachment,
  type Crossing,
  type Fabric,
  type Link,
  Segment,
  VirtualBox,
} from '../../virtual/fabric.ts'
import { RealTime } from '../real-time.ts'
import { TunPort } from './tun-port.ts'

/** A real router's device towards the Internet. */
export const WAN = 'wan0'

/** The router's port for a NIC. */
class Port implements Attachment {
  readonly name: string
  readonly #ips: readonly string[]
  readonly #tun = new TunPort()
  #send: (bytes: Uint8Array) => void = () => {}

  constructor(name: string, ips: readonly string[]) {
    this.name = name
    this.#ips = ips
  }

  receive(packet: Packet): void {
    this.#send(this.#tun.toKernel(packet))
  }

  /** Passes received packets to `send`; the returned function takes packets from the kernel. */
  connect(link: Link, send: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
    this.#send = send
    return (bytes) => {
      const packet = this.#tun.fromKernel(bytes)
      if (packet === undefined) return
      // Programs on a host may give its NIC another address of the network.
      if (this.#ips.some((ip) => isNeighbour(ip, packet.source.ip))) link.learn(packet.source.ip)
      link.sendUp(packet)
    }
  }
}

/** Carries packets of real kernels through the links and boxes of a plan, in real time. */
export class KernelRouter {
  readonly #time = new RealTime()
  readonly #fabric: Fabric
  readonly #segments = new Map<string, Segment>()
  readonly #boxes = new Map<string, VirtualBox>()
  readonly #ports = new Map<string, { readonly port: Port; readonly link: Link }>()

  /** A real router counts as a NIC; it serves the hosts behind it itself. */
  constructor(plan: AddressPlan, realRouters: ReadonlySet<string>) {
    this.#fabric = { seed: plan.seed, scheduler: this.#time, onCrossing: new Set() }
    this.#segments.set(INTERNET, new Segment(this.#fabric))
    for (const box of plan.boxes) if (!realRouters.has(box.name)) this.#addBox(box)
    for (const box of plan.boxes) {
      if (realRouters.has(box.name)) this.#addPort(`${box.name}/${WAN}`, box, addressesBehind(plan, box))
    }
    for (const { name, nics } of plan.hosts) {
      for (const nic of nics) {
        if (realRouters.has(nic.behind)) continue
        const port = `${name}/${nic.name}`
        const ips = nic.addresses.map(({ ip }) => ip)
        this.#addPort(port, { ...nic, name: port }, ips)
      }
    }
  }

  /** Connects a NIC (`alice/eth0`): `send` gets the packets for it, and the returned function takes its packets. */
  connect(nic: string, send: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
    const { port, link } = this.#ports.get(nic) as { port: Port; link: Link }
    return port.connect(link, send)
  }

  /** The NICs to connect. */
  get nics(): string[] {
    return [...this.#ports.keys()]
  }

  /** The links that `tap` watches, by NIC (`alice/eth0`) or box. */
  get links(): string[] {
    return [...this.#boxes.keys(), ...[...this.#ports.values()].map(({ port }) => port.name)]
  }

  /** The box with this name, unless it is a real router. */
  box(name: string): VirtualBox | undefined {
    return this.#boxes.get(name)
  }

  /** Calls the listener for each packet that goes onto a link; the returned function stops it. */
  tap(listener: (crossing: Crossing) => void): () => void {
    this.#fabric.onCrossing.add(listener)
    return () => void this.#fabric.onCrossing.delete(listener)
  }

  close(): void {
    this.#time.close()
  }

  #addBox(plan: PlannedBox): void {
    const { name, settings, external } = plan
    const middlebox = createBox(settings, {
      external,
      random: createRandom(this.#fabric.seed, `box ${name}`),
    })
    const box = new VirtualBox(this.#fabric, this.#segment(plan.behind), plan, middlebox)
    this.#boxes.set(name, box)
    this.#segments.set(name, box.inner)
  }

  #addPort(
    nic: string,
    { name, behind, link: settings }: Pick<PlannedBox, 'name' | 'behind' | 'link'>,
    ips: readonly string[],
  ): void {
    const port = new Port(name, ips)
    const segment = this.#segment(behind)
    const link = segment.attach(port, settings)
    for (const ip of ips) segment.route(ip, link)
    this.#ports.set(nic, { port, link })
  }

  #segment(name: string): Segment {
    return this.#segments.get(name) as Segment
  }
}

/** Whether two IPv4 addresses differ in their last byte alone. */
function isNeighbour(ip: string, other: string): boolean {
  const prefix = (address: string) => address.slice(0, address.lastIndexOf('.') + 1)
  return ip !== other && prefix(ip) !== '' && prefix(ip) === prefix(other)
}

/** The addresses reached through a real router: its own, and those behind it that it does not translate. */
function addressesBehind(
  { boxes, hosts }: Pick<AddressPlan, 'boxes' | 'hosts'>,
  router: PlannedBox,
): string[] {
  const nics = hosts.flatMap((host) => host.nics).filter(({ behind }) => behind === router.name)
  const inner = boxes.filter(({ behind }) => behind === router.name)
  const inside = [
    router.inside.IPv6,
    ...nics.flatMap(({ addresses }) => addresses.map(({ ip }) => ip)),
    ...inner.flatMap((box) => [...box.external, ...addressesBehind({ boxes, hosts }, box)]),
  ]
  const isTranslated = (ip: string) => router.external.some((external) => familyOf(external) === familyOf(ip))
  return [...router.external, ...inside.filter((ip) => !isTranslated(ip))]
}
