import { formatNetcheck, type Netcheck, netcheck as checkNetwork, type OtherServerCheck } from '@p2pd/nat'
import { abortable, withDeadline } from '@p2pd/netif'
import { gatewayMac, systemClock, systemNetwork, systemRandom, watchSystemInterfaces } from '@p2pd/netif/node'
import type { Servers, TurnServer } from '@p2pd/node'
import { DEFAULT_SERVERS, loadServers } from '@p2pd/node/node'
import { type ConnectBroker, deliveryFault, redactUrl } from '@p2pd/signal-mqtt'
import { mqttConnector } from '@p2pd/signal-mqtt/node'
import { checkTurnServer } from '@p2pd/turn'
import { sharedSecret, turnPorts } from '@p2pd/turn/node'
import { ProgramEnded } from '../cli-error.ts'
import { type Context, untilInterrupted } from '../context.ts'
import { formatMapping } from './portmap/ask-gateways.ts'
import { checkGateways, systemGateways } from './portmap/open-gateways.ts'
import { watchReached, type WatchedNetwork } from './watch-reached.ts'

export interface NetcheckOptions {
  readonly watch?: boolean
}

/**
 * The name, TCP, TLS, CONNECT and SUBSCRIBE take six round trips, of 0.8 s by way of satellites. A dead broker costs no more
 * than the rest of the check.
 */
const BROKER_TIMEOUT_MS = 8000
/** Reasons that the last line names; the result has all. */
const MAX_REASONS = 3

/** `p2pd netcheck`: what the NATs between this machine and the Internet do, and which servers answer. */
export async function netcheck(context: Context, { watch = false }: NetcheckOptions): Promise<void> {
  const { serversFile, interrupted } = context
  const servers = serversFile === undefined ? DEFAULT_SERVERS : await loadServers(serversFile)
  if (!watch) return checkOnce(context, servers)
  const check = () => checkOnce(context, servers).catch((error: Error) => context.output.error(error.message))
  await check()
  let checking = Promise.resolve()
  const watcher = await watchSystemInterfaces(() => {
    context.output.info('The network changed.')
    checking = checking.then(check)
  })
  context.output.info('Watching for changes until Ctrl-C.')
  await untilInterrupted(interrupted)
  watcher.close()
  await checking
}

/** Everything that one check has found. */
export interface NetworkHere {
  readonly checked: Netcheck
  readonly mapped: Awaited<ReturnType<typeof checkGateways>>['portmap']
  readonly portmapReason: string | undefined
}

async function checkOnce(context: Context, servers: Servers): Promise<void> {
  const { output } = context
  const { checked, mapped, portmapReason } = await checkNetworkHere(context, servers)
  output.event(checked)
  const where = mapped.length === 0 ? 'No port was mapped' : 'A port was not mapped everywhere'
  if (portmapReason !== undefined) output.info(`${where}: ${portmapReason}`)
  output.result(formatNetcheck({ ...checked, portmap: mapped.map(formatMapping) }))
  endIfNoneAnswered(context, checked)
}

/** One server that answers shows that the network works. Otherwise the program fails; its standard output has the one object all the same. */
function endIfNoneAnswered({ output }: Context, { stun, mqtt, turn }: Netcheck): void {
  const all = [...stun, ...mqtt, ...turn]
  if (all.length === 0 || all.some(({ ok }) => ok)) return
  const reasons = [...new Set(all.map(({ reason }) => reason ?? 'no answer'))]
    .slice(0, MAX_REASONS)
    .join('; ')
  const which = all.length === 1 ? 'the one server does not answer' : `none of ${all.length} servers answers`
  output.error(`${which}: ${reasons}: p2pd doctor tells more`)
  throw new ProgramEnded(1)
}

/** The network as it is, and the reason where a port is not mapped. */
export async function checkNetworkHere(
  { output, interrupted, mayMapPorts }: Context,
  servers: Servers,
): Promise<NetworkHere> {
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
      turn: Promise.all(servers.turn.map((server) => checkRelay(server, interrupted))),
    },
    onProgress: (line) => output.info(line),
    signal: interrupted,
  })
  return { checked, mapped: mapped.portmap, portmapReason: mapped.portmapReason }
}

/** Connects to a broker, measures a round trip, and sends itself a message; the limit covers all of it. */
async function checkBroker(url: string, interrupted: AbortSignal): Promise<OtherServerCheck> {
  const server = redactUrl(url)
  const timedOut = () => new Error(`no answer within ${BROKER_TIMEOUT_MS / 1000} s`)
  const deadline = { clock: systemClock, timeoutMs: BROKER_TIMEOUT_MS, signal: interrupted, timedOut }
  const watched = watchReached(systemNetwork)
  const connect = mqttConnector({ network: watched.network })
  try {
    const rttMs = await withDeadline(deadline, (signal) => brokerRoundTrip(connect, url, signal))
    return { server, ok: true, rttMs, ...reachedOf(watched) }
  } catch (error) {
    return { server, ok: false, reason: (error as Error).message, ...reachedOf(watched) }
  }
}

async function brokerRoundTrip(connect: ConnectBroker, url: string, signal: AbortSignal): Promise<number> {
  const connection = await connect(url, signal)
  try {
    const startedAt = performance.now()
    await abortable(
      connection.subscribe('p2pd/netcheck', () => {}),
      signal,
    )
    const roundTripMs = Math.round((performance.now() - startedAt) * 10) / 10
    const fault = await deliveryFault(connection, { clock: systemClock, random: systemRandom, signal })
    if (fault !== undefined) throw new Error(fault)
    return roundTripMs
  } finally {
    await connection.close()
  }
}

/** Makes an allocation of each kind at a relay, and measures a round trip. */
async function checkRelay(server: TurnServer, signal: AbortSignal): Promise<OtherServerCheck> {
  const watched = watchReached(turnPorts.network)
  const { network } = watched
  const credentials =
    'secret' in server
      ? sharedSecret(server.secret)
      : { username: server.username, password: server.credential }
  const options = { server: server.uri, credentials, signal, timeoutMs: BROKER_TIMEOUT_MS }
  return { ...(await checkTurnServer({ ...turnPorts, network }, options)), ...reachedOf(watched) }
}

function reachedOf({ reached }: WatchedNetwork): Pick<OtherServerCheck, 'reached'> {
  return reached.length > 0 ? { reached } : {}
}
