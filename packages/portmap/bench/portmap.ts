/**
 * The time to map a port on a fresh gateway and mapper. It is a ratio to one bare exchange of the same protocol in the
 * same run. The gateway is miniupnpd in a namespace when that can be made, and this program its client.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { systemNetwork } from '@p2pd/netif/node'
import { openPortMapper } from '@p2pd/portmap'
import { systemPorts } from '@p2pd/portmap/node'
import { ADDRESS, RealGateway, whyNoRealGateway } from '../test/real-gateway.ts'
import { bareNatPmp, barePcp, bareUpnp } from './measure/bare-exchange.ts'

const ROUNDS = 65
/** The first rounds load and compile. */
const WARM_UP = 5
/** The most that a mapping may take, in bare exchanges. */
const GOAL = 1.5
const PORT = 4000
const bare = { pcp: barePcp, 'nat-pmp': bareNatPmp, 'upnp-igd2': bareUpnp } as const
type Protocol = keyof typeof bare

/** In the namespace: prints the median ratio. */
async function measure(protocol: Protocol): Promise<void> {
  const nic = (await systemNetwork.interfaces()).find(({ name }) => name === 'eth0')
  if (nic === undefined) throw new Error('no eth0')
  const rounds: { ours: number; theirs: number; ratio: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const theirs = await bare[protocol](ADDRESS.client, ADDRESS.gateway, PORT + 1)
    const start = performance.now()
    const mapper = await openPortMapper(systemPorts)
    const { state } = await mapper.mapPort({ port: PORT, protocol: 'udp', interface: nic })
    const ours = performance.now() - start
    if (state.status !== 'mapped' || state.mapping.protocol !== protocol)
      throw new Error(JSON.stringify(state))
    await mapper.close()
    if (round >= WARM_UP) rounds.push({ ours, theirs, ratio: ours / theirs })
  }
  const median = (pick: (one: (typeof rounds)[number]) => number) =>
    rounds.map(pick).sort((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0
  console.log(
    `${protocol}: ${median(({ ratio }) => ratio).toFixed(2)} times a bare exchange, goal ${GOAL} (median of ${rounds.length}); ` +
      `${median(({ ours }) => ours).toFixed(0)} ms, bare ${median(({ theirs }) => theirs).toFixed(0)} ms`,
  )
}

async function run(protocol: Protocol): Promise<void> {
  const isUpnp = protocol === 'upnp-igd2'
  const drops = protocol === 'nat-pmp' ? 'pcp' : 'none'
  const gateway = await RealGateway.make({ logsToConsole })
  try {
    await gateway.startAnew({ upnp: isUpnp, natPmp: !isUpnp, drops })
    const [node, ...args] = [process.execPath, ...process.execArgv, process.argv[1] ?? '', protocol]
    const command = ['netns', 'exec', gateway.namespace('client'), node, ...args]
    // Not synchronously: the gateway's log must be read meanwhile, or the gateway stands still.
    process.stdout.write((await promisify(execFile)('ip', command)).stdout)
  } finally {
    await gateway.close()
  }
}

/** Logs to a serial console make the gateway about as slow as a small router; `P2PD_QUIET_GATEWAY=1` has none. */
const logsToConsole = process.env['P2PD_QUIET_GATEWAY'] === undefined
const [, , inside] = process.argv
const reason = whyNoRealGateway()
if (inside !== undefined) await measure(inside as Protocol)
else if (reason !== undefined) console.log(`skipped: ${reason}`)
else for (const protocol of Object.keys(bare) as Protocol[]) await run(protocol)
