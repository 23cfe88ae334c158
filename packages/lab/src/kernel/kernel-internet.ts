import { type AddressPlan, planAddresses } from '../address-plan.ts'
import { LabError } from '../lab-error.ts'
import { checkScenario } from '../parse-scenario.ts'
import type { Scenario } from '../scenario.ts'
import type { Crossing, VirtualBox } from '../virtual/fabric.ts'
import { checkRouters, scenarioRouters } from './routers/check-routers.ts'
import { guardLab, unguardLab } from './namespaces/exit-guard.ts'
import type { KernelHost } from './kernel-host.ts'
import { KernelRouter } from './routers/kernel-router.ts'
import { kernelInternetSupport } from './kernel-support.ts'
import { endLab, newLabTag, removeLeftovers } from './namespaces/lab-tag.ts'
import { NamespaceBuilder } from './namespaces/namespace-builder.ts'
import type { RealRouter } from './routers/real-router.ts'

/** What a kernel Internet is made from. */
export interface KernelInternetOptions {
  readonly scenario: Scenario
  /** Real routers that stand in for boxes of the scenario, by the box's name. @default those it names itself */
  readonly realRouters?: Readonly<Record<string, RealRouter>>
}

/**
 * An Internet of real kernels: each host is a network namespace whose packets cross the scenario's links and boxes
 * in this process, so that a process that is busy otherwise slows the network down. Fragments and IPv6 extension
 * headers are lost: a datagram carries up to 1,472 bytes. Linux only; `kernelInternetSupport` tells whether here.
 */
export class KernelInternet {
  readonly plan: AddressPlan
  readonly #tag = newLabTag()
  readonly #router: KernelRouter
  readonly #builder: NamespaceBuilder
  #closed: Promise<void> | undefined

  private constructor(plan: AddressPlan, realRouters: Readonly<Record<string, RealRouter>>) {
    this.plan = plan
    this.#router = new KernelRouter(plan, new Set(Object.keys(realRouters)))
    this.#builder = new NamespaceBuilder(this.#tag, plan, realRouters)
  }

  /** Brings a scenario up; what former runs of this user left behind is removed first. */
  static async create({ scenario, realRouters = {} }: KernelInternetOptions): Promise<KernelInternet> {
    const support = kernelInternetSupport()
    if (!support.ok) throw new LabError('LAB_UNSUPPORTED', `no kernel Internet here: ${support.reason}`)
    const plan = planAddresses(checkScenario(scenario))
    const routers = { ...scenarioRouters(scenario), ...realRouters }
    checkRouters(scenario, plan, routers)
    const net = new KernelInternet(plan, routers)
    removeLeftovers()
    guardLab(net.#tag)
    try {
      await net.#builder.build(net.#router, support.mode)
      return net
    } catch (error) {
      await net.close()
      throw error
    }
  }

  /** Tells it apart from every other one on this machine. */
  get id(): string {
    return this.#tag
  }

  /** A host, or a real router. */
  host(name: string): KernelHost {
    const host = this.#builder.hosts.get(name)
    if (host === undefined)
      throw new LabError('LAB_UNKNOWN_NAME', `there is no host named ${JSON.stringify(name)}`)
    return host
  }

  /** A box that is a model. */
  box(name: string): VirtualBox {
    const box = this.#router.box(name)
    if (box === undefined)
      throw new LabError('LAB_UNKNOWN_NAME', `there is no box named ${JSON.stringify(name)}`)
    return box
  }

  /** The links that packets can be watched on: by NIC (`alice/eth0`) or box. What is behind a real router is its own. */
  get links(): readonly string[] {
    return this.#router.links
  }

  /** Watches every packet that goes onto a link; returns what stops it. */
  tap(listener: (crossing: Crossing) => void): () => void {
    return this.#router.tap(listener)
  }

  /** Ends every program on every host and removes everything. */
  async close(): Promise<void> {
    this.#closed ??= this.#close()
    await this.#closed
  }

  async #close(): Promise<void> {
    this.#router.close()
    endLab(this.#tag)
    await this.#builder.close()
    // A program that was just starting during the first round.
    endLab(this.#tag)
    unguardLab(this.#tag)
  }
}
