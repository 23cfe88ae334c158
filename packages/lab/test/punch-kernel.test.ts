import { afterAll, expect, test } from '@jest/globals'
import { startStunServer } from '@p2pd/infra'
import {
  createRandom,
  findPreset,
  type KernelInternet,
  type PresetName,
  randomBytesFrom,
  type Scenario,
} from '@p2pd/lab'
import { systemClock } from '@p2pd/netif/node'
import { describeKernel, lazy, sharedLab } from './kernel-lab.ts'
import { meet, type Party } from './punch-pair.ts'
import { natOf, type Protocol } from './punch-side.ts'

/** One of each kind, and the two that are mixed from field studies: callers; and the same again, to be called. */
const names: readonly PresetName[] = [
  'open-equal',
  'udp-firewall-equal',
  'restricted-random',
  'home',
  'symmetric-equal',
  'symmetric-independent',
  'symmetric-dependent',
  'carrier',
]
const sides = ['caller', 'peer'] as const
/** A round trip of 40 ms between any two hosts. */
const link = { delayMs: 10, jitterMs: 2 }
const scenario: Scenario = {
  hosts: [
    { name: 'server' },
    ...sides.flatMap((side) =>
      names.map((preset) => ({ name: `${side}-${preset}`, behind: `${side}-${preset}-box` })),
    ),
  ],
  boxes: sides.flatMap((side) => names.map((preset) => ({ name: `${side}-${preset}-box`, preset, link }))),
}
const SEED = 11

describeKernel(`punching through real kernels, seed ${SEED}`, () => {
  // Before the lab: these run in the order in which they are written.
  afterAll(async () => (await stun()).close())
  const lab = sharedLab({ scenario })
  const stun = lazy(async () => {
    const server = (await lab()).host('server')
    return startStunServer({ hosts: server.addresses, port: 3478, network: server.network })
  })

  for (const protocol of ['udp', 'tcp'] as const) {
    test.each(names)(
      `${protocol}: %s calls every other`,
      async (caller) => {
        const net = await lab()
        const { port } = await stun()
        const world = {
          clock: systemClock,
          random: randomBytesFrom(createRandom(SEED, `${protocol} ${caller}`)),
        }
        const outcomes: Record<string, string> = {}
        for (const peer of names) {
          const party = (side: (typeof sides)[number], preset: PresetName): Party => ({
            ...partyOf(net, `${side}-${preset}`, preset, protocol),
            place: {
              ...world,
              ip: net.host(`${side}-${preset}`).ip,
              network: net.host(`${side}-${preset}`).network,
              server: { ip: net.host('server').ip, port },
            },
          })
          const { outcome, technique, reason } = await meet(
            world,
            protocol,
            party('caller', caller),
            party('peer', peer),
          )
          outcomes[peer] = outcome === 'failed' ? `${technique}: ${reason}` : outcome
        }
        const possible = (peer: PresetName) => isPossible(protocol, caller, peer)
        expect(outcomes).toEqual(
          Object.fromEntries(names.map((peer) => [peer, possible(peer) ? 'connected' : 'skipped'])),
        )
      },
      60_000,
    )
  }
})

function partyOf(
  net: KernelInternet,
  host: string,
  preset: PresetName,
  protocol: Protocol,
): Pick<Party, 'nat'> {
  const settings = findPreset(preset)?.settings ?? ({ kind: 'open' } as const)
  const { external } = net.box(`${host}-box`)
  return { nat: natOf(settings, protocol, external.length > 0 ? external : net.host(host).addresses) }
}

/** Random ports need somebody whose filter goes by address, or UDP and a known mapping. */
function isPossible(protocol: Protocol, a: PresetName, b: PresetName): boolean {
  if (a !== 'carrier' && b !== 'carrier') return true
  const other = a === 'carrier' ? b : a
  if (['open-equal', 'restricted-random'].includes(other)) return true
  return protocol === 'udp' && ['udp-firewall-equal', 'home'].includes(other)
}
