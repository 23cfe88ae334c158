import type { ChildProcess } from 'node:child_process'
import type { AddressPlan, PlannedBox, PlannedNic } from '../../address-plan.ts'
import { hostEnvironment, hostsFile } from './host-environment.ts'
import { KernelHost } from '../kernel-host.ts'
import { type KernelRouter, WAN } from '../routers/kernel-router.ts'
import type { KernelMode } from '../kernel-support.ts'
import { ensureLoopback } from './loopback.ts'
import { endChild, type Namespace, openBridge, openNamespace, openUserNamespace } from './namespace.ts'
import { addressLines, ipBatches, type NamespaceSetup, tunLines } from './namespace-script.ts'
import type { RealRouter } from '../routers/real-router.ts'
import { TunLink } from '../routers/tun-link.ts'

/** Ethernet's MTU, on every link. RFC 894. */
const MTU = 1500
/** The bridge of a real router. */
const LAN = 'lan0'

/** Turns a plan into namespaces, devices and addresses, and removes them again. */
export class NamespaceBuilder {
  readonly hosts = new Map<string, KernelHost>()
  readonly #tag: string
  readonly #plan: AddressPlan
  readonly #realRouters: Readonly<Record<string, RealRouter>>
  readonly #namespaces = new Map<string, Namespace>()
  readonly #links: TunLink[] = []
  readonly #processes: ChildProcess[] = []

  constructor(tag: string, plan: AddressPlan, realRouters: Readonly<Record<string, RealRouter>>) {
    this.#tag = tag
    this.#plan = plan
    this.#realRouters = realRouters
  }

  async build(router: KernelRouter, mode: KernelMode): Promise<void> {
    ensureLoopback()
    const userPid = mode === 'user-namespace' ? await this.#openUser() : undefined
    const routers = this.#plan.boxes.filter(({ name }) => this.#isReal(name))
    await allDone([
      ...this.#plan.hosts.map(({ name, nics }) => this.#open(name, userPid, this.#hostSetup(nics))),
      ...routers.map((box) => this.#open(box.name, userPid, this.#routerSetup(box))),
    ])
    await allDone(router.nics.map((nic) => this.#bridge(router, nic)))
    for (const box of routers) await this.#furnish(box)
  }

  /** Closes all namespaces and waits until their processes are gone. */
  async close(): Promise<void> {
    await Promise.all([...this.hosts.values()].map((host) => host.ended()))
    await Promise.all([...this.#namespaces.values()].map((namespace) => namespace.close()))
    await Promise.all(this.#processes.map((process) => endChild(process)))
    for (const link of this.#links) link.close()
  }

  async #openUser(): Promise<number | undefined> {
    const keeper = await openUserNamespace(this.#tag)
    this.#processes.push(keeper)
    return keeper.pid
  }

  #isReal(name: string): boolean {
    return Object.hasOwn(this.#realRouters, name)
  }

  async #open(name: string, userPid: number | undefined, setup: NamespaceSetup): Promise<void> {
    const environment = hostEnvironment(this.#plan, name)
    const namespace = await openNamespace({ tag: this.#tag, host: name, userPid, environment }, setup)
    this.#namespaces.set(name, namespace)
    const planned = this.#plan.hosts.find((host) => host.name === name)?.nics ?? []
    const box = this.#plan.boxes.find((each) => each.name === name)
    const addresses = box?.external ?? planned.flatMap((nic) => nic.addresses.map(({ ip }) => ip))
    this.hosts.set(name, new KernelHost(namespace, addresses))
  }

  #hostSetup(nics: readonly PlannedNic[]): NamespaceSetup {
    const lines = nics.flatMap((nic, index) =>
      this.#isReal(nic.behind) ? [] : [...tunLines(nic.name, MTU), ...nicLines(nic, index)],
    )
    return { ip: lines, hostsFile: hostsFile(this.#plan) }
  }

  #routerSetup({ behind, external, inside, name }: PlannedBox): NamespaceSetup {
    const wan = this.#isReal(behind) ? [] : [...tunLines(WAN, MTU), ...wanLines(external)]
    return {
      ip: [
        `link add name ${LAN} type bridge`,
        `link set ${LAN} up`,
        `addr add ${inside.IPv4}/${this.#prefixLength(name)} dev ${LAN}`,
        `addr add ${inside.IPv6}/64 dev ${LAN} nodad`,
        ...wan,
      ],
      sysctls: { 'ipv4/ip_forward': '1', 'ipv6/conf/all/forwarding': '1' },
      hostsFile: hostsFile(this.#plan),
    }
  }

  /** The prefix length of the network inside a real router: that of a home, or that of a carrier. */
  #prefixLength(router: string): number {
    const nics = this.#plan.hosts.flatMap((host) => host.nics).filter(({ behind }) => behind === router)
    const addresses = nics.flatMap((nic) => nic.addresses).filter(({ family }) => family === 'IPv4')
    return addresses[0]?.prefixLength ?? 16
  }

  async #bridge(router: KernelRouter, nic: string): Promise<void> {
    const [host, device] = nic.split('/') as [string, string]
    const link = await TunLink.open()
    this.#links.push(link)
    link.onPacket(router.connect(nic, (packet) => link.send(packet)))
    this.#processes.push(await openBridge(this.#namespaces.get(host) as Namespace, device, link))
  }

  /** Connects the hosts behind a real router to its bridge, and loads its rules. */
  async #furnish(box: PlannedBox): Promise<void> {
    const namespace = this.#namespaces.get(box.name) as Namespace
    const nics = this.#plan.hosts.flatMap((host) =>
      host.nics.flatMap((nic, index) => (nic.behind === box.name ? [{ host: host.name, nic, index }] : [])),
    )
    for (const { host, nic, index } of nics) {
      await this.#plug(namespace, host, nic.name, nicLines(nic, index))
    }
    for (const { name, behind, external } of this.#plan.boxes) {
      if (behind === box.name) await this.#plug(namespace, name, WAN, wanLines(external, box.inside.IPv4))
    }
    const hosts = nics.flatMap(({ nic }) =>
      nic.addresses.flatMap(({ family, ip }) => (family === 'IPv4' ? [ip] : [])),
    )
    const ruleset = this.#realRouters[box.name]?.ruleset({ wan: WAN, lan: LAN, hosts }) ?? ''
    await namespace.run(`nft -f - <<'END'\n${ruleset}\nEND`)
  }

  #plugs = 0

  /** Connects the bridge of a real router to a namespace by a veth pair. */
  async #plug(router: Namespace, name: string, device: string, lines: readonly string[]): Promise<void> {
    const namespace = this.#namespaces.get(name) as Namespace
    const socket = `lan${++this.#plugs}`
    const cable = `link add name ${socket} type veth peer name ${device} netns ${namespace.pid}`
    await router.run(ipBatches([cable, `link set ${socket} master ${LAN} up`]).join('\n'))
    await namespace.run(ipBatches([`link set ${device} up`, ...lines]).join('\n'))
  }
}

function nicLines({ name, addresses, gateways }: PlannedNic, index: number): string[] {
  return addressLines({
    device: name,
    addresses: addresses.map(({ ip, prefixLength }) => `${ip}/${prefixLength}`),
    gateways: Object.values(gateways),
    index,
  })
}

function wanLines(external: readonly string[], gateway?: string): string[] {
  const via = gateway === undefined ? '' : `via ${gateway} onlink `
  return [
    ...external.map((ip) => `addr add ${ip}/32 dev ${WAN}`),
    `route add default ${via}dev ${WAN}`,
    ...(gateway === undefined ? [`-6 route add default dev ${WAN}`] : []),
  ]
}

/** Waits for all tasks, failed ones included, so that no task still runs when the caller cleans up. */
async function allDone(tasks: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(tasks)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason as Error
}
