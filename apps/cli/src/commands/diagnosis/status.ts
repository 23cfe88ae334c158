import {
  type Broker,
  type Client,
  ClientError,
  createClient,
  type InterfaceNat,
  type Pipe,
} from '@p2pd/client'
import { unixFetch } from '@p2pd/client/node'
import { socketPath } from '@p2pd/daemon/socket'
import { withDeadline } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'
import { networkInterfaces } from 'node:os'
import { CliError } from '../../cli-error.ts'
import { peerNames } from '../../access/peer-name.ts'
import type { Context } from '../../context.ts'
import { counted } from '../../text/counted.ts'
import { activityLines } from './activity-lines.ts'
import { natWords } from './nat-words.ts'

/** States of transfers that have ended: the daemon lists them for a while. */
const OVER = ['done', 'failed', 'refused', 'cancelled']
/** A daemon on this machine answers within milliseconds. */
const ANSWER_MS = 3000

/** `p2pd status`: what the node of the user's daemon is doing, on one screen. */
export async function status(context: Context): Promise<void> {
  const { env, output } = context
  const found = await ask(socketPath(env))
  if (found === undefined) {
    output.event({ event: 'status', running: false })
    return output.result('No daemon runs: p2pd daemon starts one.')
  }
  const { node, brokers, nats, pipes, services, forwards, transfers, waiting } = found
  const upSeconds = Math.round((Date.now() - Date.parse(node.startedAt)) / 1000)
  const outside = nats.filter(isOutside)
  const problems = problemsOf(brokers, outside)
  const { id, url } = node
  const activities = { pipes, services, forwards, transfers, waiting }
  output.event({ event: 'status', running: true, id, url, upSeconds, brokers, nats, ...activities, problems })
  if (output.json) return
  const up = brokers.filter(({ state }) => state === 'up').length
  const nameOf = await peerNames(context)
  output.result(
    [
      `node     ${id}`,
      `daemon   ${url}, up for ${upSeconds} s`,
      `brokers  ${up} of ${brokers.length} up`,
      ...outside.map(
        (nat) => `nat      ${nat.interface} ${nat.family} ${nat.protocol}: ${natWords(nat.report)}`,
      ),
      ...(outside.length === 0 ? ['nat      unknown'] : []),
      ...(pipes.length === 0 ? ['pipes    none'] : pipes.map((pipe) => pipeLine(pipe, nameOf))),
      ...activityLines(found, nameOf),
      ...problems.map((problem) => `problem  ${problem}`),
    ].join('\n'),
  )
}

/** The resources of the user's daemon; undefined when no daemon runs. */
async function ask(socket: string) {
  const client = createClient({ fetch: unixFetch(socket) })
  const timedOut = () => new CliError('CLI_DAEMON', `the daemon at ${socket} does not answer`)
  try {
    return await withDeadline({ clock: systemClock, timeoutMs: ANSWER_MS, timedOut }, (signal) =>
      resourcesOf(client, signal),
    )
  } catch (error) {
    if (error instanceof ClientError && error.code === 'CLIENT_UNREACHABLE' && isAbsent(error.cause))
      return undefined
    throw error
  }
}

async function resourcesOf(client: Client, signal: AbortSignal) {
  const [node, brokers, nats, pipes, ...activities] = await Promise.all([
    client.request('get /v1/node', { signal }),
    client.request('get /v1/brokers', { signal }),
    client.request('get /v1/nat-reports', { signal }),
    client.request('get /v1/pipes', { signal }),
    client.request('get /v1/services', { signal }),
    client.request('get /v1/forwards', { signal }),
    client.request('get /v1/transfers', { signal }),
    client.request('get /v1/waiting', { signal }),
  ])
  const [services, forwards, transfers, waiting] = activities
  return {
    node,
    brokers: brokers.items,
    nats: nats.items,
    pipes: pipes.items,
    services: services.items,
    forwards: forwards.items,
    transfers: transfers.items.filter(({ state }) => !OVER.includes(state)),
    waiting: waiting.items,
  }
}

/** Nobody listens: there is no socket, or one that a killed daemon has left. */
function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException | undefined)?.code ?? '')
}

/** Loopback has no NAT: a report about it comes from servers on this machine, and is of no use to a person. */
function isOutside({ interface: name }: InterfaceNat): boolean {
  return !networkInterfaces()[name]?.every(({ internal }) => internal)
}

function pipeLine(pipe: Pipe, nameOf: (id: string) => string): string {
  const { name, peer, strategy, remote, suspended, rttMs, bytesSent, bytesReceived } = pipe
  const known = nameOf(peer)
  const path = suspended ? 'no path for now' : `${strategy} to ${remote}`
  const rtt = rttMs === undefined ? 'round trip unknown' : `round trip ${Math.round(rttMs)} ms`
  return `pipe     ${name} ${known === peer ? `${peer.slice(0, 8)}…` : known} ${path}, ${rtt}, ${counted(bytesSent, 'byte')} sent, ${bytesReceived} received`
}

function problemsOf(brokers: readonly Broker[], nats: readonly InterfaceNat[]): string[] {
  const down = brokers
    .filter(({ state }) => state !== 'up')
    .map(({ url, reason }) => `${url}: ${reason ?? 'unknown'}`)
  const blocked = nats.filter(({ report }) => report.type === 'blocked' && report.confidence > 0)
  return [
    ...(brokers.length === 0
      ? ['no broker is named: only addresses can be called; name one in --servers']
      : []),
    ...down.map((broker) => `broker ${broker}; p2pd doctor tells more`),
    ...blocked.map(
      ({ interface: nic, protocol }) => `${protocol} is blocked on ${nic}; p2pd doctor tells more`,
    ),
  ]
}
