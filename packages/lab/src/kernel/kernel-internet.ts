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

/** Options of a kernel Internet. */
export interface KernelInternetOptions {
  readonly scenario: Scenario
  /** Real routers in place of boxes of the scenario, by the name of the box. @default those in the scenario */
  readonly realRouters?: Readonly<Record<string, RealRouter>>
}

/**
 * An Internet of real kernels. Each host is a network namespace; its packets cross the scenario's links and boxes
 * in this process. So a busy process slows the network down. Fragments and IPv6 extension headers are lost: a
 * datagram carries up to 1,472 bytes. Linux only; `kernelInternetSupport` reports whether it works here.
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

  /**
   * Brings a scenario up. It first removes what earlier runs of this user left behind.
   *
   * Rejects with `LAB_UNSUPPORTED` where kernels cannot be used, `LAB_INVALID_SCENARIO` or `LAB_UNKNOWN_NAME` for a
   * bad scenario, and `LAB_NAMESPACE_FAILED` when a namespace cannot be set up.
   */
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

  /** Unique among the kernel Internets of this machine. */
  get id(): string {
    return this.#tag
  }

  /** A host or a real router; throws `LAB_UNKNOWN_NAME`. */
  host(name: string): KernelHost {
    const host = this.#builder.hosts.get(name)
    if (host === undefined)
      throw new LabError('LAB_UNKNOWN_NAME', `there is no host named ${JSON.stringify(name)}`)
    return host
  }

  /** A box that is a model; throws `LAB_UNKNOWN_NAME`. */
  box(name: string): VirtualBox {
    const box = this.#router.box(name)
    if (box === undefined)
      throw new LabError('LAB_UNKNOWN_NAME', `there is no box named ${JSON.stringify(name)}`)
    return box
  }

  /** The links that `tap` watches, by NIC (`alice/eth0`) or box. Links behind a real router are not among them. */
  get links(): readonly string[] {
    return this.#router.links
  }

  /** Calls the listener for each packet that goes onto a link; the returned function stops it. */
  tap(listener: (crossing: Crossing) => void): () => void {
    return this.#router.tap(listener)
  }

  /** Ends all programs on all hosts and removes all namespaces. */
  async close(): Promise<void> {
    this.#closed ??= this.#close()
    await this.#closed
  }

  async #close(): Promise<void> {
    this.#router.close()
    endLab(this.#tag)
    await this.#builder.close()
    // For a program that was just starting during the first round.
    endLab(this.#tag)
    unguardLab(this.#tag)
  }
}
