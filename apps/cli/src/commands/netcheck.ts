import { formatNetcheck, netcheck as checkNetwork, type OtherServerCheck } from '@p2pd/nat'
import { gatewayMac, systemClock, systemNetwork, systemRandom, watchSystemInterfaces } from '@p2pd/netif/node'
import type { Servers } from '@p2pd/node'
import { DEFAULT_SERVERS, loadServers } from '@p2pd/node/node'
import { mqttConnector } from '@p2pd/signal-mqtt/node'
import { type Context, untilInterrupted } from '../context.ts'
import { formatMapping } from './portmap/ask-gateways.ts'
import { checkGateways, systemGateways } from './portmap/open-gateways.ts'

export interface NetcheckOptions {
  readonly watch?: boolean
}

/** A broker far away answers within three round trips around the world; a dead one costs no more than this. */
const BROKER_TIMEOUT_MS = 5000

/** `p2pd netcheck`: what the NATs between this machine and the Internet do, and which servers answer. */
export async function netcheck(context: Context, { watch = false }: NetcheckOptions): Promise<void> {
  const { serversFile, interrupted } = context
  const servers = serversFile === undefined ? DEFAULT_SERVERS : await loadServers(serversFile)
  await checkOnce(context, servers)
  if (!watch) return
  let checking = Promise.resolve()
  const watcher = await watchSystemInterfaces(() => {
    context.output.info('The network changed.')
    checking = checking
      .then(() => checkOnce(context, servers))
      .catch((error: Error) => context.output.error(error.message))
  })
  context.output.info('Watching for changes until Ctrl-C.')
  await untilInterrupted(interrupted)
  watcher.close()
  await checking
}

async function checkOnce({ output, interrupted, mayMapPorts }: Context, servers: Servers): Promise<void> {
  const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }
  const late = { portmap: [], portmapReason: 'the gateway has not answered in time' }
  let mapped: Awaited<ReturnType<typeof checkGateways>> = late
  const mapping = mayMapPorts
    ? checkGateways(systemGateways, output.log)
    : Promise.resolve({ portmap: [], portmapReason: 'switched off by P2PD_PORT_MAPPING' })
  const checked = await checkNetwork(ports, {
    servers: servers.stun,
    gatewayMac,
    others: {
      mqtt: Promise.all(servers.mqtt.map((url) => checkBroker(url, interrupted))),
      portmap: mapping.then((result) => {
        mapped = result
        return result.portmap
      }),
      turn: Promise.resolve(
        servers.turn.map(({ uri }) => ({
          server: uri,
          ok: false,
          reason: 'not checked: this version has no TURN client',
        })),
      ),
    },
    onProgress: (line) => output.info(line),
    signal: interrupted,
  })
  const { portmapReason } = mapped
  output.event(checked)
  if (portmapReason !== undefined) output.info(`No port was mapped: ${portmapReason}`)
  output.result(formatNetcheck({ ...checked, portmap: mapped.portmap.map(formatMapping) }))
}

/** Connects to a broker and measures a round trip. */
async function checkBroker(url: string, interrupted: AbortSignal): Promise<OtherServerCheck> {
  const server = url.replace(/\/\/[^@/]*@/, '//') // A password is nobody's to read in a report.
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(BROKER_TIMEOUT_MS)])
  try {
    const connection = await mqttConnector()(url, signal)
    const startedAt = performance.now()
    await connection.subscribe('p2pd/netcheck', () => {})
    const rttMs = Math.round((performance.now() - startedAt) * 10) / 10
    await connection.close()
    return { server, ok: true, rttMs }
  } catch (error) {
    const late = signal.aborted && !interrupted.aborted
    return {
      server,
      ok: false,
      reason: late ? `no answer within ${BROKER_TIMEOUT_MS / 1000} s` : (error as Error).message,
    }
  }
}
