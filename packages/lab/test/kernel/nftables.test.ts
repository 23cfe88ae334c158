import { expect, test } from '@jest/globals'
import { systemClock } from '@p2pd/netif/node'
import type { NftablesOptions } from '../../src/kernel/routers/real-router.ts'
import type { PresetName } from '../../src/preset.ts'
import { dialUntilOpen, talk } from '../../src/testing/simultaneous-open.ts'
import { describeKernel, lazy, sharedLab } from './lab.ts'
import { CLIENTS, deltaType, natDiscovery, startCoturn, stunClient } from './tools.ts'

/** Routers of the Linux kernel, each with the preset that it has to match. */
const routers = {
  masquerade: { nftables: { nat: 'masquerade' }, preset: 'port-restricted-equal' },
  refusing: { nftables: { nat: 'masquerade', unsolicited: 'refuse' }, preset: 'port-restricted-equal' },
  random: { nftables: { nat: 'masquerade-random' }, preset: 'symmetric-random' },
  static: { nftables: { nat: 'static' }, preset: 'full-cone-equal' },
} as const satisfies Record<string, { preset: PresetName; nftables: NftablesOptions }>

const entries = Object.entries(routers)

describeKernel('nftables routers', () => {
  const lab = sharedLab({
    scenario: {
      hosts: [
        { name: 'server', addresses: 2 },
        ...entries.flatMap(([name]) => [
          { name: `real-${name}-host`, behind: `real-${name}` },
          { name: `model-${name}-host`, behind: `model-${name}` },
        ]),
        { name: 'nested', behind: 'home', families: ['IPv4', 'IPv6'] },
        { name: 'neighbour', behind: 'home' },
      ],
      boxes: [
        ...entries.flatMap(([name, { preset, nftables }]) => [
          { name: `real-${name}`, preset, nftables },
          { name: `model-${name}`, preset },
        ]),
        { name: 'carrier', preset: 'symmetric-random' },
        { name: 'home', ...routers.masquerade, behind: 'carrier' },
      ],
    },
  })

  const coturn = lazy(async () => startCoturn((await lab()).host('server')))

  const describeHost = async (name: string) => {
    const [net, server] = [await lab(), await coturn()]
    const host = net.host(name)
    const delta = await deltaType(host, server)
    const [findings, words] = await Promise.all([natDiscovery(host, server), stunClient(host, server)])
    // The delta already says whether ports are kept.
    return { ...findings, delta, words: words.replace(/, (preserves|random).*/, '') }
  }

  /** All at once, because most of the time passes in waiting for answers that a filter stops. */
  const measured = lazy(async () => {
    const names = entries.flatMap(([name]) => [`real-${name}-host`, `model-${name}-host`])
    const reports = [...names, 'nested'].map(async (name) => [name, await describeHost(name)] as const)
    return new Map(await Promise.all(reports))
  })

  test.each(entries.map(([name]) => name))('%s is like its model to programs of others', async (name) => {
    const reports = await measured()
    expect(reports.get(`real-${name}-host`)).toEqual(reports.get(`model-${name}-host`))
  })

  test('of a real router behind a modelled one, others see the outer one', async () => {
    expect((await measured()).get('nested')).toMatchObject({
      mapping: 'address-and-port-dependent',
      filtering: 'address-and-port-dependent',
      words: 'Dependent Mapping',
    })
  })

  test('multicast reaches everyone on its LAN side', async () => {
    const net = await lab()
    const group = '239.255.255.250'
    const membership = `UDP4-RECV:1900,ip-add-membership=${group}:eth0,reuseaddr`
    const listener = net.host('neighbour').spawn('socat', ['-u', membership, '-'], { stdio: 'pipe' })
    let heard = ''
    listener.stdout?.on('data', (data: Buffer) => (heard += data.toString()))
    const call = ['-u', '-', `UDP4-DATAGRAM:${group}:1900,ip-multicast-if=${net.host('nested').ip}`]
    // The first packets may come before the neighbour listens.
    while (heard === '') await net.host('nested').exec('socat', call, { input: 'hello\n' })
    expect(heard).toMatch(/^hello\n/)
  })

  test.each(['masquerade', 'refusing'])('TCP opens simultaneously through %s and a model', async (name) => {
    const net = await lab()
    const port = 45_000
    const outside = (box: string) => ({
      ip: net.plan.boxes.find((each) => each.name === box)?.external[0] ?? '',
      port,
    })
    const [real, model] = [`real-${name}`, `model-${name}`] as const
    const open = (from: string, to: string, redialMs: number) =>
      dialUntilOpen(
        systemClock,
        { host: net.host(`${from}-host`), port, remote: outside(to), redialMs },
        10_000,
      )
    const [a, b] = await Promise.all([open(real, model, 8), open(model, real, 5)])
    expect(await talk(a.connection, b.connection)).toEqual(['from b', 'from a'])
  })
}, [...CLIENTS, 'nft'])
