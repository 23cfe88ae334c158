import { startStunServer, type StunServer } from '@p2pd/infra'
import { systemClock } from '@p2pd/netif/node'
import { KernelInternet } from '../kernel/kernel-internet.ts'
import type { LinkSettings } from '../link.ts'
import { accessLink } from '../punching/conditions.ts'
import { runPunch, type CallSide, type PunchResult } from '../punching/run-punch.ts'
import { reportOf } from '../punching/nat-report.ts'
import { portRows } from '../punching/port-rows.ts'
import { STUN_PORT } from '../punching/stun-address.ts'
import type { PresetName } from '../preset.ts'
import { findPreset } from '../presets.ts'
import { createRandom, randomBytesFrom } from '../random.ts'
import type { MatrixPair } from './cell.ts'

const SIDES = ['caller', 'peer'] as const
type SideName = (typeof SIDES)[number]

/** The presets, and the links to them. */
export interface KernelPairsOptions {
  readonly presets: readonly PresetName[]
  readonly seed: number
  /** @default the virtual matrix's */
  readonly link?: LinkSettings
}

/**
 * Two hosts on real kernels behind each preset: a caller and a peer. Pairs may punch at the same time when they do
 * not share a host.
 */
export class KernelPairs {
  readonly #net: KernelInternet
  readonly #stun: StunServer
  readonly #seed: number
  readonly #rows = new Map<string, () => number>()

  private constructor(net: KernelInternet, stun: StunServer, seed: number) {
    this.#net = net
    this.#stun = stun
    this.#seed = seed
  }

  static async create({ presets, seed, link = accessLink }: KernelPairsOptions): Promise<KernelPairs> {
    const places = SIDES.flatMap((side) =>
      presets.map((preset) => ({ preset, host: hostName(side, preset) })),
    )
    const net = await KernelInternet.create({
      scenario: {
        seed,
        hosts: [{ name: 'server' }, ...places.map(({ host }) => ({ name: host, behind: `${host}-box` }))],
        boxes: places.map(({ preset, host }) => ({
          name: `${host}-box`,
          preset,
          link: { ...link, ...findPreset(preset)?.link },
        })),
      },
    })
    try {
      const { addresses, network } = net.host('server')
      return new KernelPairs(net, await startStunServer({ hosts: addresses, port: STUN_PORT, network }), seed)
    } catch (error) {
      await net.close()
      throw error
    }
  }

  async punch(
    { protocol, caller, peer }: MatrixPair,
    attempt = 0,
    signal?: AbortSignal,
  ): Promise<PunchResult> {
    for (const name of [hostName('caller', caller), hostName('peer', peer)]) {
      // A port that an earlier pair has mapped could be the very one that a counting NAT is predicted to assign.
      this.#net.box(`${name}-box`).restart()
      // The first use of a host starts its agent process, before the time of the call begins.
      await this.#net.host(name).network.interfaces()
    }
    const random = randomBytesFrom(createRandom(this.#seed, `${protocol} ${caller} ${peer} ${attempt}`))
    const context = { clock: systemClock, random }
    return runPunch(context, {
      protocol,
      caller: this.#callSide('caller', caller, protocol, context),
      peer: this.#callSide('peer', peer, protocol, context),
      ...(signal && { signal }),
    })
  }

  async close(): Promise<void> {
    await this.#stun.close()
    await this.#net.close()
  }

  #callSide(
    side: SideName,
    preset: PresetName,
    protocol: MatrixPair['protocol'],
    context: Pick<CallSide['host'], 'clock' | 'random'>,
  ): CallSide {
    const name = hostName(side, preset)
    const { ip, network, addresses } = this.#net.host(name)
    const { external } = this.#net.box(`${name}-box`)
    const settings = findPreset(preset)?.settings ?? ({ kind: 'open' } as const)
    const server = { ip: this.#net.host('server').ip, port: this.#stun.port }
    return {
      nat: reportOf(settings, protocol, external.length > 0 ? external : addresses),
      host: { ...context, ip, network, server, takePorts: this.#portsOf(`${name} ${protocol}`) },
    }
  }

  /** The ports of a host, kept across its punches. */
  #portsOf(key: string): () => number {
    const rows = this.#rows.get(key) ?? portRows(randomBytesFrom(createRandom(this.#seed, key)))
    this.#rows.set(key, rows)
    return rows
  }
}

function hostName(side: SideName, preset: PresetName): string {
  return `${side}-${preset}`
}
