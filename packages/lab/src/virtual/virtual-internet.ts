import type { Clock, Family, RandomBytes } from '@p2pd/netif'
import {
  AddressPlanner,
  type AddressPlan,
  planAddresses,
  type PlannedBox,
  type PlannedHost,
} from '../address-plan.ts'
import { LabError } from '../lab-error.ts'
import type { LinkSettings } from '../link.ts'
import { createBox } from '../nat/create-box.ts'
import type { BoxSettings } from '../nat/settings.ts'
import { createRandom, randomBytesFrom } from '../random.ts'
import { INTERNET, type Scenario } from '../scenario.ts'
import { VirtualBroker } from './broker.ts'
import { type Crossing, type Fabric, Segment, VirtualBox } from './fabric.ts'
import { NameTable } from './resolver.ts'
import { type RunOptions, Scheduler } from './scheduler.ts'
import { formatCrossing } from './trace.ts'
import { VirtualHost } from './virtual-host.ts'

/** Options of a simulation. */
export interface VirtualInternetOptions {
  /** The seed of all randomness. @default 1 */
  readonly seed?: number
  /** Whether `trace` keeps a line for every packet. @default false */
  readonly trace?: boolean
}

/** A host to add, on the Internet without a box by default. */
export interface HostOptions {
  /** @default 'host1', 'host2', … */
  readonly name?: string
  /** Puts the host behind a new box with these settings, such as those of a preset. */
  readonly nat?: BoxSettings
  /** Puts the host behind existing boxes, with a NIC behind each. */
  readonly behind?: VirtualBox | readonly VirtualBox[]
  /** @default ['IPv4'] */
  readonly families?: readonly Family[]
  /** Addresses per family and NIC. @default 1 */
  readonly addresses?: number
  /** The link of the host, or that of its new box. */
  readonly link?: LinkSettings
}

/** A box to add. */
export interface VirtualBoxOptions {
  /** @default 'box1', 'box2', … */
  readonly name?: string
  /** The outer box that this box is behind. @default none */
  readonly behind?: VirtualBox
  /** The IPv4 subnet inside, when the box translates: `192.168.1.0/24`. @default a subnet of its own */
  readonly subnet?: string
  readonly link?: LinkSettings
}

/** An Internet in one process, in virtual time: the same seed gives the same packets. */
export class VirtualInternet {
  /** Virtual time, which passes only while `run` waits. */
  readonly clock: Clock
  /** Seeded bytes for programs outside hosts; each host has its own. */
  readonly random: RandomBytes
  /** With `trace: true`, a line for every packet on a link. */
  readonly trace: readonly string[]
  readonly #scheduler = new Scheduler()
  readonly #fabric: Fabric
  readonly #planner = new AddressPlanner()
  readonly #internet: Segment
  readonly #boxes = new Map<string, VirtualBox>()
  readonly #hosts = new Map<string, VirtualHost>()
  readonly #names = new NameTable()

  constructor({ seed = 1, trace = false }: VirtualInternetOptions = {}) {
    this.clock = this.#scheduler
    this.random = randomBytesFrom(createRandom(seed, 'bytes'))
    this.#fabric = { seed, scheduler: this.#scheduler, onCrossing: new Set() }
    this.#internet = new Segment(this.#fabric)
    const lines: string[] = []
    this.trace = lines
    if (trace) this.tap((crossing) => lines.push(formatCrossing(crossing)))
  }

  /** Adds a host, which works at once. Throws `LAB_INVALID_SCENARIO` for a bad option. */
  host(options: HostOptions = {}): VirtualHost {
    const { name = `host${this.#hosts.size + 1}`, nat, behind, families, addresses, link } = options
    const own = nat === undefined ? undefined : this.box(nat, { name: `${name}-box`, ...(link && { link }) })
    const boxes = own ?? behind
    const places = boxes === undefined ? INTERNET : [boxes].flat().map((box) => box.name)
    const plan = this.#planner.addHost({
      name,
      behind: places,
      ...(families && { families }),
      ...(addresses !== undefined && { addresses }),
      ...(link && own === undefined && { link }),
    })
    return this.#addHost(plan)
  }

  /** Adds a NAT, a firewall or a plain router. Throws `LAB_INVALID_SCENARIO` for a bad option. */
  box(settings: BoxSettings, options: VirtualBoxOptions = {}): VirtualBox {
    const { name = `box${this.#boxes.size + 1}`, behind, subnet, link } = options
    const entry = {
      name,
      behind: behind?.name ?? INTERNET,
      settings,
      ...(subnet && { subnet }),
      ...(link && { link }),
    }
    return this.#addBox(this.#planner.addBox(entry))
  }

  /**
   * Adds a host at the inside addresses of a box, IPv4 first. A program there takes requests for port mappings, and
   * `box.forwardedTo` looks up what it has granted: the box's own PCP, NAT-PMP or UPnP server.
   */
  gateway(box: VirtualBox): VirtualHost {
    const { IPv4, IPv6 } = box.plan.inside
    const addresses = [
      { family: 'IPv4', ip: IPv4, prefixLength: 24 },
      { family: 'IPv6', ip: IPv6, prefixLength: 64 },
    ] as const
    const nic = { name: 'lan', behind: box.name, addresses, gateways: {}, link: {} }
    return this.#addHost({ name: `${box.name}-gateway`, nics: [nic] })
  }

  /** Makes a host name resolve to addresses. */
  setName(name: string, addresses: readonly string[]): void {
    this.#names.set(name, addresses)
  }

  /** Adds a message broker, `delayMs` away from the middle of the Internet. */
  broker({ delayMs = 5 }: { readonly delayMs?: number } = {}): VirtualBroker {
    return new VirtualBroker(this.#scheduler, delayMs)
  }

  /** Calls the listener for each packet that goes onto a link; the returned function stops it. */
  tap(listener: (crossing: Crossing) => void): () => void {
    this.#fabric.onCrossing.add(listener)
    return () => this.#fabric.onCrossing.delete(listener)
  }

  /** Lets time pass until the work is done, and returns its result. Rejects with its error, or `LAB_STALLED`. */
  run<Result>(
    work: Promise<Result> | (() => Result | Promise<Result>),
    options?: RunOptions,
  ): Promise<Result> {
    return this.#scheduler.run(work, options)
  }

  /**
   * Stops virtual time until real work is done, such as reading a file. Otherwise time would go on meanwhile, and the
   * same seed would no longer give the same packets.
   */
  hold<Result>(work: Promise<Result>): Promise<Result> {
    return this.#scheduler.hold(work)
  }

  /** Lets `durationMs` of virtual time pass. Rejects as `run` does. */
  advance(durationMs: number): Promise<void> {
    const until = this.clock.now() + durationMs
    return this.run(() => new Promise((resolve) => this.clock.at(until, resolve)), {
      limitMs: durationMs + 1,
    })
  }

  /** The host with this name. Throws `LAB_UNKNOWN_NAME`. */
  findHost(name: string): VirtualHost {
    return found(this.#hosts.get(name), 'host', name)
  }

  /** The box with this name. Throws `LAB_UNKNOWN_NAME`. */
  findBox(name: string): VirtualBox {
    return found(this.#boxes.get(name), 'box', name)
  }

  /** @internal */
  addPlan(plan: AddressPlan): void {
    for (const box of plan.boxes) this.#addBox(box)
    for (const host of plan.hosts) this.#addHost(host)
    for (const [name, addresses] of Object.entries(plan.names)) this.#names.set(name, addresses)
  }

  #addBox(plan: PlannedBox): VirtualBox {
    this.#checkFree(plan.name)
    const random = createRandom(this.#fabric.seed, `box ${plan.name}`)
    const middlebox = createBox(plan.settings, {
      external: plan.external,
      random,
      forwardedTo: (protocol, external, now) => box.forwardedTo(protocol, external, now),
    })
    const box: VirtualBox = new VirtualBox(this.#fabric, this.#segment(plan.behind), plan, middlebox)
    this.#boxes.set(plan.name, box)
    return box
  }

  #addHost(plan: PlannedHost): VirtualHost {
    this.#checkFree(plan.name)
    const host = new VirtualHost({
      fabric: this.#fabric,
      scheduler: this.#scheduler,
      plan,
      segmentOf: (name) => this.#segment(name),
      names: this.#names,
      number: this.#hosts.size + 1,
    })
    this.#hosts.set(plan.name, host)
    this.#names.set(plan.name, host.addresses)
    return host
  }

  #segment(name: string): Segment {
    return name === INTERNET ? this.#internet : this.findBox(name).inner
  }

  #checkFree(name: string): void {
    if (name === INTERNET || this.#hosts.has(name) || this.#boxes.has(name))
      throw new LabError('LAB_INVALID_SCENARIO', `there are two things named ${JSON.stringify(name)}`)
  }
}

/**
 * Builds the virtual Internet of a scenario; `KernelInternet.create` takes the same scenarios. Throws
 * `LAB_INVALID_SCENARIO`, `LAB_INVALID_SETTINGS` or `LAB_UNKNOWN_NAME`.
 */
export function createVirtual(
  scenario: Scenario,
  { trace = false }: { readonly trace?: boolean } = {},
): VirtualInternet {
  const plan = planAddresses(scenario)
  const net = new VirtualInternet({ seed: plan.seed, trace })
  net.addPlan(plan)
  return net
}

function found<Thing>(thing: Thing | undefined, kind: string, name: string): Thing {
  if (thing === undefined)
    throw new LabError('LAB_UNKNOWN_NAME', `there is no ${kind} ${JSON.stringify(name)}`)
  return thing
}
