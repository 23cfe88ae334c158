import { expect, test } from '@jest/globals'
import { startStunServer } from '@p2pd/infra'
import { discoverNat, type NatReport } from '@p2pd/nat'
import { systemClock, systemRandom } from '@p2pd/netif/node'
import type { KernelHost } from '../../src/kernel/kernel-host.ts'
import type { KernelInternet } from '../../src/kernel/kernel-internet.ts'
import { deltaTypes, natTypes } from '../../src/preset.ts'
import { presetList } from '../../src/presets.ts'
import { describeKernel, lazy, sharedLab } from '../kernel/lab.ts'
import { CLIENTS, natDiscovery, startCoturn } from '../kernel/tools.ts'

/**
 * Every type and every delta, and two mixes. Only two run at a time, because the tests measure times. P2PD_LAB_ALL=1
 * runs all presets, which takes two minutes.
 */
const SAMPLE = new Set([
  ...natTypes.map((type) => `${type}-equal`),
  ...deltaTypes.map((delta) => `symmetric-${delta}`),
  'full-cone-random',
  'restricted-independent',
  'port-restricted-dependent',
  'home',
  'carrier',
])

const chosen = presetList.filter(({ name }) => process.env.P2PD_LAB_ALL === '1' || SAMPLE.has(name))

/** The servers: coturn for UDP, and for TCP the embedded server, which connects back. */
async function startServers(net: KernelInternet): Promise<{ coturn: string; servers: readonly string[] }> {
  const coturn = await startCoturn(net.host('coturn'))
  const { network, addresses } = net.host('embedded')
  const { uris } = await startStunServer({ hosts: addresses, port: 3478, network })
  return { coturn, servers: [`stun:${coturn}:3478`, ...uris.filter((uri) => uri.includes('tcp'))] }
}

async function report(
  host: KernelHost,
  servers: readonly string[],
  protocol: 'udp' | 'tcp',
): Promise<NatReport> {
  const ports = { network: host.network, clock: systemClock, random: systemRandom }
  const discovery = await discoverNat(ports, { servers, protocol, from: { ip: host.ip }, goal: 'behaviour' })
  return discovery.report
}

describeKernel(
  'presets through real kernels',
  () => {
    const lab = sharedLab({
      scenario: {
        hosts: [
          { name: 'coturn', addresses: 2 },
          { name: 'embedded', addresses: 2 },
          ...chosen.map(({ name }) => ({ name: `host-${name}`, behind: name })),
        ],
        boxes: chosen.map(({ name }) => ({ name, preset: name })),
      },
    })
    const started = lazy(async () => startServers(await lab()))

    test.concurrent.each(chosen.map((preset) => [preset.name, preset] as const))(
      'B1: %s, as coturn’s tool sees it',
      async (name, preset) => {
        const { coturn, servers } = await started()
        const host = (await lab()).host(`host-${name}`)
        await host.network.interfaces() // Starts the lab's agent on the host before the measurement.
        const [udp, tcp] = await Promise.all([report(host, servers, 'udp'), report(host, servers, 'tcp')])
        expect(udp).toMatchObject({ type: preset.udp.type, delta: { type: preset.udp.delta } })
        expect(tcp).toMatchObject({ type: preset.tcp.type, delta: { type: preset.tcp.delta } })
        if (preset.udp.type !== 'blocked') expect(udp).toMatchObject(await natDiscovery(host, coturn))
      },
    )
  },
  CLIENTS,
)
