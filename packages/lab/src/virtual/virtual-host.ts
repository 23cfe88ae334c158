import type { Network, RandomBytes } from '@p2pd/netif'
import type { PlannedHost } from '../address-plan.ts'
import { LabError } from '../lab-error.ts'
import { createRandom, randomBytesFrom } from '../random.ts'
import { INTERNET } from '../scenario.ts'
import type { Fabric, Segment, VirtualBox } from './fabric.ts'
import { HostStack, type VirtualNic } from './host-stack.ts'
import { listNics } from './nic-list.ts'
import { type NameTable, resolveName } from './resolver.ts'
import type { Scheduler } from './scheduler.ts'
import { TcpPorts } from './tcp/tcp-ports.ts'
import { UdpPorts } from './udp-ports.ts'

/** The parts that a host is built from. */
interface HostContext {
  readonly fabric: Fabric
  readonly scheduler: Scheduler
  readonly plan: PlannedHost
  readonly segmentOf: (name: string) => Segment
  readonly names: NameTable
  readonly number: number
}

/** A computer in the virtual Internet, made by `net.host`. */
export class VirtualHost {
  readonly name: string
  /** The same port that `@p2pd/netif/node` offers on a real computer. */
  readonly network: Network
  /** Seeded randomness of this host alone. */
  readonly random: RandomBytes
  /** The box that its first NIC is behind. */
  readonly box: VirtualBox | undefined
  readonly #stack: HostStack

  /** @internal */
  constructor({ fabric, scheduler, plan, segmentOf, names, number }: HostContext) {
    this.name = plan.name
    this.random = randomBytesFrom(createRandom(fabric.seed, `bytes ${plan.name}`))
    this.#stack = new HostStack(scheduler, createRandom(fabric.seed, `host ${plan.name}`))
    for (const nic of plan.nics) {
      const segment = segmentOf(nic.behind)
      const link = segment.attach(this.#stack.attachment(`${plan.name}/${nic.name}`), nic.link)
      for (const { ip } of nic.addresses) segment.route(ip, link)
      this.#stack.nics.push({ plan: nic, link })
    }
    this.box = segmentOf(plan.nics[0]?.behind ?? INTERNET).box
    this.network = createNetwork(this.#stack, names, number)
  }

  /** All addresses, NIC by NIC. */
  get addresses(): readonly string[] {
    return this.#stack.nics.flatMap(({ plan }) => plan.addresses.map(({ ip }) => ip))
  }

  /** The addresses of the NICs whose cable is plugged in. */
  get addressesInUse(): readonly string[] {
    const inUse = this.#stack.nics.filter(({ link }) => link.up)
    return inUse.flatMap(({ plan }) => plan.addresses.map(({ ip }) => ip))
  }

  /** The first address. */
  get ip(): string {
    return this.addresses[0] ?? '127.0.0.1'
  }

  /** Average one-way delay from the first NIC to the Internet. */
  get delayToInternetMs(): number {
    return this.#stack.nics[0]?.link.delayToInternetMs ?? 0
  }

  /** Plugs a NIC's cable in or out. Throws `LAB_UNKNOWN_NAME`. */
  setNic(name: string, state: 'up' | 'down'): void {
    this.#nic(name).link.up = state === 'up'
  }

  /** Round-trip time of an ICMP echo; never settles when nothing comes back. */
  ping(ip: string, identifier = 1): Promise<number> {
    return this.#stack.ping(ip, identifier)
  }

  #nic(name: string): VirtualNic {
    const nic = this.#stack.nics.find(({ plan }) => plan.name === name)
    if (nic === undefined)
      throw new LabError('LAB_UNKNOWN_NAME', `${this.name} has no NIC ${JSON.stringify(name)}`)
    return nic
  }
}

function createNetwork(stack: HostStack, names: NameTable, hostNumber: number): Network {
  const udp = new UdpPorts(stack)
  const tcp = new TcpPorts(stack)
  stack.handlers = {
    udp: (packet) => udp.receive(packet),
    tcp: (segment) => tcp.receive(segment),
    tcpError: (packet) => tcp.error(packet),
  }
  return {
    interfaces: async () => listNics(stack.nics, hostNumber),
    bindUdp: async (options) => udp.bind(options),
    dial: async (options) => tcp.dial(options),
    listenTcp: async (options) => tcp.listen(options),
    resolve: async (host, options) => {
      const roundTripMs = 2 * (stack.nics[0]?.link.delayToInternetMs ?? 0)
      return resolveName(names, stack.scheduler, roundTripMs, host, options)
    },
  }
}
