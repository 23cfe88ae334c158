import { expect, test } from '@jest/globals'
import { startStunServer } from '@p2pd/infra'
import { type BoxSettings, type HostOptions, type PresetName, presets, VirtualInternet } from '@p2pd/lab'
import { executeTcpPunch, planPunch, type PunchPlan } from '@p2pd/punch'
import { sleep } from '@p2pd/netif'
import { reportOf } from '../../src/punching/nat-report.ts'
import { prepareSide } from '../../src/punching/prepare-side.ts'
import { singleUsePorts } from '../hosts/single-use-ports.ts'

const SEEDS = [1, 2, 3, 4, 5]
const link = { delayMs: 10, jitterMs: 5, loss: 0.005 }

interface Setting {
  readonly a: PresetName
  readonly b: PresetName
  readonly behindOne?: boolean
  /** The answer of both boxes to unsolicited SYNs. @default 'drop' */
  readonly tcp?: 'drop' | 'rst'
}

/** Two hosts. The second, and maybe the first, has ports that serve only one connection at a time. */
async function punch({ a, b, behindOne = false, tcp = 'drop' }: Setting, seed: number, both: boolean) {
  const net = new VirtualInternet({ seed })
  const server = net.host({ name: 'server' })
  const boxOf = (name: PresetName) => ({ ...presets[name], unsolicited: { tcp } }) as BoxSettings
  const shared = behindOne ? net.box(boxOf(a)) : undefined
  return net.run(async () => {
    const { clock } = net
    const { addresses, network, ip } = server
    const stun = await startStunServer({ hosts: addresses, port: 3478, network, clock })
    const sides = await Promise.all(
      [a, b].map(async (name, i) => {
        const options: HostOptions = shared === undefined ? { nat: boxOf(name), link } : { behind: shared }
        const host = net.host(options)
        const own = i === 1 || both ? singleUsePorts(host.network) : host.network
        const ports = {
          clock,
          random: host.random,
          ip: host.ip,
          network: own,
          server: { ip, port: stun.port },
        }
        const external = (shared ?? host.box)?.external ?? []
        return { ports, ...(await prepareSide(ports, reportOf(boxOf(name), 'tcp', external), 'tcp')) }
      }),
    )
    // The punch can use the port of a mapping only after its connection is closed.
    for (const { ports, release } of sides) if (ports.network.reusesTcpPorts === false) release()
    await sleep(clock, 100)
    const token = server.random(16)
    const ends = await Promise.allSettled(
      sides.map(async ({ ports, side }, i) => {
        const other = sides[1 - i]?.side ?? side
        const plan = planPunch(side, other, { protocol: 'tcp', controlling: i === 0 }) as PunchPlan
        const { stream } = await executeTcpPunch(plan, ports, { token })
        return { stream, technique: plan.technique }
      }),
    )
    for (const { release } of sides) release()
    for (const end of ends) if (end.status === 'fulfilled') end.value.stream.destroy()
    await stun.close()
    return ends.map((end) =>
      end.status === 'fulfilled' ? end.value.technique : (end.reason as Error).message,
    )
  })
}

const settings: readonly (readonly [Setting, string])[] = [
  [{ a: 'home', b: 'home' }, 'known-mappings'],
  [{ a: 'port-restricted-random', b: 'port-restricted-equal', tcp: 'rst' }, 'known-mappings'],
  [{ a: 'restricted-equal', b: 'symmetric-random' }, 'open-then-listen'],
  [{ a: 'symmetric-independent', b: 'restricted-random', tcp: 'rst' }, 'open-then-listen'],
  [{ a: 'home', b: 'symmetric-independent' }, 'window'],
  [{ a: 'symmetric-dependent', b: 'home' }, 'window'],
  [{ a: 'symmetric-equal', b: 'symmetric-independent' }, 'window'],
  [{ a: 'home', b: 'home', behindOne: true }, 'known-mappings'],
]

for (const both of [false, true]) {
  test.each(settings)(
    `ports that cannot be shared, ${both ? 'on both sides' : 'on one side'}: %j still punches`,
    async (setting, technique) => {
      for (const seed of SEEDS)
        expect({ seed, ends: await punch(setting, seed, both) }).toEqual({
          seed,
          ends: [technique, technique],
        })
    },
  )
}
