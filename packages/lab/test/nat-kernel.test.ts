import { expect, test } from '@jest/globals'
import { startStunServer } from '@p2pd/infra'
import { discoverNat, type NatReport } from '@p2pd/nat'
import { systemClock, systemRandom } from '@p2pd/netif/node'
import type { KernelHost } from '../src/kernel/kernel-host.ts'
import type { KernelInternet } from '../src/kernel/kernel-internet.ts'
import { presetList } from '../src/presets.ts'
import { describeKernel, lazy, sharedLab } from './kernel-lab.ts'
import { CLIENTS, type Findings, natDiscovery, startCoturn } from './kernel-tools.ts'

/** What was found about one preset: by this project, and by coturn's own tool. */
interface Found {
  readonly udp: NatReport
  readonly tcp: NatReport
  readonly tool: Findings | undefined
}

/** Hosts in a lab at once: each is two processes, and timing is what is measured. */
const HOSTS = 10

/** Coturn for UDP; for TCP the embedded server, which connects back. */
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

for (let first = 0; first < presetList.length; first += HOSTS) {
  const group = presetList.slice(first, first + HOSTS)
  describeKernel(
    `presets ${first + 1} to ${first + group.length}, through real kernels`,
    () => {
      const lab = sharedLab({
        scenario: {
          hosts: [
            { name: 'coturn', addresses: 2 },
            { name: 'embedded', addresses: 2 },
            ...group.map(({ name }) => ({ name: `host-${name}`, behind: name })),
          ],
          boxes: group.map(({ name }) => ({ name, preset: name })),
        },
      })

      /** All at once: most of the time goes by in waiting for what a filter stops. */
      const measured = lazy(async () => {
        const net = await lab()
        const { coturn, servers } = await startServers(net)
        const found = group.map(async ({ name, udp: { type } }): Promise<readonly [string, Found]> => {
          const host = net.host(`host-${name}`)
          const [udp, tcp] = await Promise.all([report(host, servers, 'udp'), report(host, servers, 'tcp')])
          return [name, { udp, tcp, tool: type === 'blocked' ? undefined : await natDiscovery(host, coturn) }]
        })
        return new Map(await Promise.all(found))
      })

      test.each(group.map((preset) => [preset.name, preset] as const))(
        '%s, as coturn’s tool sees it',
        async (name, preset) => {
          const found = (await measured()).get(name)
          expect(found?.udp).toMatchObject({ type: preset.udp.type, delta: { type: preset.udp.delta } })
          expect(found?.tcp).toMatchObject({ type: preset.tcp.type, delta: { type: preset.tcp.delta } })
          if (found?.tool !== undefined) expect(found.udp).toMatchObject(found.tool)
        },
      )
    },
    CLIENTS,
  )
}
