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
import { setTimeout as wait } from 'node:timers/promises'
import { CliError } from '../../cli-error.ts'
import { peerNames } from '../../access/peer-name.ts'
import type { Context } from '../../context.ts'
import { activityLines } from './activity-lines.ts'
import { natWords } from './nat-words.ts'
import { formatAge, pipeLine } from './pipe-line.ts'

/** States of transfers that have ended: the daemon lists them for a while. */
const OVER = ['done', 'failed', 'refused', 'cancelled']
/** A daemon on this machine answers within milliseconds. */
const ANSWER_MS = 3000
/** Long enough for a rate, and short for a person who waits. */
const SAMPLE_MS = 500

/** `p2pd status`: what the node of the user's daemon is doing, on one screen. */
export async function status(context: Context): Promise<void> {
  const { env, output } = context
  const socket = socketPath(env)
  const found = await ask(socket)
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
  const [nameOf, moving] = await Promise.all([peerNames(context), sampled(socket, pipes)])
  const facts = { nameOf, now: Date.now(), earlier: { pipes, sinceMs: moving.sinceMs } }
  output.result(
    [
      `node     ${id}`,
      `daemon   ${url}, up for ${formatAge(upSeconds * 1000)}`,
      `brokers  ${up} of ${brokers.length} up`,
      ...outside.map(
        (nat) => `nat      ${nat.interface} ${nat.family} ${nat.protocol}: ${natWords(nat.report)}`,
      ),
      ...(outside.length === 0 ? ['nat      unknown'] : []),
      ...(moving.pipes.length === 0 ? ['pipes    none'] : moving.pipes.map((pipe) => pipeLine(pipe, facts))),
      ...activityLines(found, nameOf),
      ...problems.map((problem) => `problem  ${problem}`),
    ].join('\n'),
  )
}

/** The pipes a moment later, for their rates. Without pipes there is nothing to wait for. */
async function sampled(socket: string, pipes: readonly Pipe[]) {
  const startedAt = performance.now()
  if (pipes.length === 0) return { pipes, sinceMs: 0 }
  await wait(SAMPLE_MS)
  const { items } = await createClient({ fetch: unixFetch(socket) }).request('get /v1/pipes')
  return { pipes: items, sinceMs: performance.now() - startedAt }
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
