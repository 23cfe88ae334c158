import { socketPath } from '@p2pd/daemon'
import type { Context } from '../../context.ts'
import { askDaemon } from './ask-daemon.ts'

/** The parts of the daemon's resources that are shown. */
interface NodeStatus {
  readonly id: string
  readonly url: string
  readonly startedAt: string
}

interface BrokerStatus {
  readonly url: string
  readonly state: string
  readonly reason?: string
}

interface NatStatus {
  readonly interface: string
  readonly family: string
  readonly protocol: string
  readonly report: {
    readonly type: string
    readonly delta: { readonly type: string }
    readonly confidence: number
  }
}

interface PipeStatus {
  readonly name: string
  readonly peer: string
  readonly strategy: string
  readonly remote: string
  readonly suspended: boolean
  readonly rttMs?: number
  readonly bytesSent: number
  readonly bytesReceived: number
}

/** `p2pd status`: what the node of the user's daemon is doing, on one screen. */
export async function status({ env, output }: Context): Promise<void> {
  const socket = socketPath(env)
  const node = (await askDaemon(socket, '/v1/node')) as NodeStatus | undefined
  if (node === undefined) {
    output.event({ event: 'status', running: false })
    return output.result('No daemon runs: p2pd daemon starts one.')
  }
  const list = async (path: string) => listOf(await askDaemon(socket, path))
  const brokers = (await list('/v1/brokers')) as BrokerStatus[]
  const nats = (await list('/v1/nat-reports')) as NatStatus[]
  const pipes = (await list('/v1/pipes')) as PipeStatus[]
  const upSeconds = Math.round((Date.now() - Date.parse(node.startedAt)) / 1000)
  const problems = problemsOf(brokers, nats)
  const { id, url } = node
  output.event({ event: 'status', running: true, id, url, upSeconds, brokers, nats, pipes, problems })
  if (output.json) return
  const up = brokers.filter(({ state }) => state === 'up').length
  output.result(
    [
      `node     ${id}`,
      `daemon   ${url}, up for ${upSeconds} s`,
      `brokers  ${up} of ${brokers.length} up`,
      ...nats.map((nat) => `nat      ${nat.interface} ${nat.family} ${nat.protocol}: ${wordsOf(nat)}`),
      ...(nats.length === 0 ? ['nat      unknown'] : []),
      ...(pipes.length === 0 ? ['pipes    none'] : pipes.map(pipeLine)),
      ...problems.map((problem) => `problem  ${problem}`),
    ].join('\n'),
  )
}

function wordsOf({ report }: NatStatus): string {
  return report.confidence === 0 ? 'unknown' : `${report.type}, delta ${report.delta.type}`
}

function pipeLine({
  name,
  peer,
  strategy,
  remote,
  suspended,
  rttMs,
  bytesSent,
  bytesReceived,
}: PipeStatus): string {
  const path = suspended ? 'no path for now' : `${strategy} to ${remote}`
  const rtt = rttMs === undefined ? 'round trip unknown' : `round trip ${Math.round(rttMs)} ms`
  return `pipe     ${name} ${peer.slice(0, 8)}… ${path}, ${rtt}, ${bytesSent} bytes sent, ${bytesReceived} received`
}

function problemsOf(brokers: readonly BrokerStatus[], nats: readonly NatStatus[]): string[] {
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

/** A list, or the list in a page of one. */
function listOf(answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) return answer
  const inside = Object.values((answer ?? {}) as object).find((value) => Array.isArray(value)) as
    | unknown[]
    | undefined
  return inside ?? []
}
