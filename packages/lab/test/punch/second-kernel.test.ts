import { afterAll, expect, test } from '@jest/globals'
import { startStunServer } from '@p2pd/infra'
import { systemClock, systemRandom } from '@p2pd/netif/node'
import { presets } from '../../src/presets.ts'
import { reportOf } from '../../src/punching/nat-report.ts'
import { describeKernel, lazy, sharedLab } from '../kernel/lab.ts'
import { type Trier, twoAttempts } from '../hosts/two-attempts.ts'

/** Longer than a packet takes between the hosts, so that an early packet is refused. */
const LATE_MS = 100
const link = { delayMs: 10, jitterMs: 2 }
const preset = 'port-restricted-equal'
/** A Linux router without a firewall, nine routers away from the other hosts. */
const nftables = { nat: 'masquerade', unsolicited: 'refuse', hops: 9 } as const

describeKernel('Linux routers that refuse what comes too early', () => {
  afterAll(async () => (await stun()).close())
  const lab = sharedLab({
    scenario: {
      hosts: [
        { name: 'server' },
        { name: 'alice', behind: 'refusing' },
        { name: 'bob', behind: 'refusing-too' },
        { name: 'carol', behind: 'model' },
      ],
      boxes: [
        { name: 'refusing', preset, nftables, link },
        { name: 'refusing-too', preset, nftables, link },
        { name: 'model', preset, link },
      ],
    },
  })
  const stun = lazy(async () => {
    const { addresses, network } = (await lab()).host('server')
    return startStunServer({ hosts: addresses, port: 3478, network })
  })

  const trier = async (name: string, box: string): Promise<Trier> => {
    const [net, { port }] = [await lab(), await stun()]
    const external = net.plan.boxes.find((each) => each.name === box)?.external ?? []
    const { ip, network } = net.host(name)
    const server = { ip: net.host('server').ip, port }
    const host = { clock: systemClock, random: systemRandom, ip, network, server }
    return { host, nat: reportOf(presets[preset], 'udp', external) }
  }

  test.each([
    ['bob', 'refusing-too'],
    ['carol', 'model'],
  ])(
    'UDP: too late for the first attempt with %s, openers that end on the way make the second',
    async (...peer) => {
      const late = { ...(await trier('alice', 'refusing')), lateMs: LATE_MS }
      const outcomes = await twoAttempts('udp', { clock: systemClock, random: systemRandom }, [
        late,
        await trier(...peer),
      ])
      expect(outcomes).toEqual(['known-mappings failed', 'known-mappings connected'])
    },
    30_000,
  )

  test('TCP: the first attempt copes, since a refusal ends what it refuses', async () => {
    const late = { ...(await trier('alice', 'refusing')), lateMs: LATE_MS }
    const context = { clock: systemClock, random: systemRandom }
    const outcomes = await twoAttempts('tcp', context, [late, await trier('bob', 'refusing-too')])
    expect(outcomes[0]).toBe('known-mappings connected')
  }, 30_000)
}, ['nft'])
