import type { Node, PeerPipe } from '@p2pd/node'
import { formatEndpoint, listenLocally, parseEndpoint, parseRemoteService, PeerLink } from '@p2pd/node/node'
import { CliError } from '../../cli-error.ts'
import { closeInTime } from '../../ending/close-in-time.ts'
import { type Context, untilInterrupted } from '../../context.ts'
import { joinStdio } from '../../join.ts'
import { announcePaths } from '../../path-events.ts'
import { withNode } from '../../with-node.ts'
import { lookUpAll } from '../look-up.ts'

export interface ForwardOptions {
  /** Milliseconds. */
  readonly timeout: number
}

/** One local end and the service it leads to. */
interface Forwarding {
  readonly local: string
  readonly target: string
  readonly service: string
}

/** `p2pd forward`: joins local ports, sockets or standard input and output to services of peers. */
export async function forward(
  context: Context,
  ends: readonly string[],
  options: ForwardOptions,
): Promise<void> {
  const forwardings = pairsOf(ends)
  const callees = await lookUpAll(
    context,
    forwardings.map(({ target }) => target),
  )
  const known = forwardings.map((one, index) => ({ ...one, target: callees[index] ?? '' }))
  await withNode(context, { announce: false }, async (node) => {
    const links = known.map((one) => linkOf(context, node, one, options))
    const listeners: { close(): void }[] = []
    try {
      for (const [index, one] of known.entries()) {
        const link = links[index] as PeerLink
        await link.open()
        if (one.local === '-') return await joinStandardStreams(context, link)
        const listener = await listenLocally(parseEndpoint(one.local), () => link.openStream())
        listeners.push(listener)
        const local = formatEndpoint(listener.local)
        context.output.event({ event: 'forwarding', local, service: one.service })
        context.output.info(`Forwarding ${local} to ${forwardings[index]?.target}:${one.service}`)
      }
      await untilInterrupted(context.interrupted)
    } finally {
      for (const listener of listeners) listener.close()
      await Promise.all(links.map((link) => closeInTime(link)))
    }
  })
}

function pairsOf(ends: readonly string[]): readonly Forwarding[] {
  return ends.flatMap((local, index) => {
    if (index % 2 === 1) return []
    const type = local === '-' ? '-' : parseEndpoint(local).type
    return [{ local, ...parseRemoteService(ends[index + 1] ?? '', type) }]
  })
}

function linkOf(
  context: Context,
  node: Node,
  { target, service }: Forwarding,
  { timeout: timeoutMs }: ForwardOptions,
): PeerLink {
  const { output, interrupted } = context
  const onPipe = (pipe: PeerPipe) => {
    const { peer, connection } = pipe
    output.event({ event: 'peer', peer, service, strategy: connection.strategy })
    output.info(`Connected to ${peer} by ${connection.strategy}`)
    announcePaths(context, pipe)
  }
  const onLost = (reason: string) => {
    output.event({ event: 'lost', service, reason })
    output.error(`the peer is away, connections are refused until it is back: ${reason}`)
  }
  return new PeerLink({ node, target, service, call: { timeoutMs, signal: interrupted }, onPipe, onLost })
}

/** For ssh's ProxyCommand: one connection on standard input and output, each direction with its own end. */
async function joinStandardStreams(context: Context, link: PeerLink): Promise<void> {
  const stream = link.openStream()
  if (stream === undefined) throw new CliError('CLI_SEND', 'the peer has ended the connection')
  await joinStdio({ stream, close: () => link.close() }, context)
}
