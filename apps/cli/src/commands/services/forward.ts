import type { PeerPipe } from '@p2pd/node'
import { formatEndpoint, listenLocally, type LocalListener, parseEndpoint, PeerLink } from '@p2pd/node/node'
import { CliError } from '../../cli-error.ts'
import { closeInTime } from '../../ending/close-in-time.ts'
import { type Context, untilInterrupted } from '../../context.ts'
import { joinStdio } from '../../join.ts'
import { showProgress } from '../../progress/show-progress.ts'
import { type Caller, withCaller } from '../../user-daemon/with-caller.ts'
import { lookUpAll } from '../look-up.ts'
import { announceDatagrams } from './announce-datagrams.ts'
import type { Forwarding } from './forwarding.ts'
import { announcedLink } from './link.ts'
import { atLocalEnd } from './local-end.ts'
import { openReverse } from './reverse.ts'

export interface ForwardOptions {
  /** Milliseconds. */
  readonly timeout: number
  /** The peer listens, and connections come here. */
  readonly reverse?: true
}

/** `p2pd forward`: joins local ports, sockets or standard input and output to services of peers. */
export async function forward(
  context: Context,
  forwardings: readonly Forwarding[],
  options: ForwardOptions,
): Promise<void> {
  const ends = forwardings.map((one) => new End(one))
  try {
    // Before a code is used or a peer called: a port in use is reported at once.
    if (!options.reverse) for (const end of ends) await end.listen(context)
    const callees = await lookUpAll(
      context,
      forwardings.map(({ target }) => target),
    )
    for (const [index, end] of ends.entries()) end.callee = callees[index] ?? ''
    await withCaller(context, { announce: false }, async (node, context) => {
      try {
        for (const end of ends) {
          if (options.reverse) await end.openReverse(context, node, options)
          else if (await end.open(context, node, options)) return
        }
        await untilInterrupted(context.interrupted)
      } finally {
        await Promise.all(ends.map((end) => end.closeLink()))
      }
    })
  } finally {
    for (const end of ends) end.close()
  }
}

/** One forwarding that is under way. */
class End {
  readonly #one: Forwarding
  /** An id or an address, once the target is looked up. */
  callee = ''
  #listener: LocalListener | undefined
  #link: PeerLink | undefined

  constructor(one: Forwarding) {
    this.#one = one
  }

  /** Takes the local port or socket; connections are reset until there is a link. */
  async listen(context: Context): Promise<void> {
    const { local } = this.#one
    if (local === '-') return
    const open = () => this.#link?.openStream()
    const flows = { datagrams: () => this.#link?.datagrams, onFull: warnOnce(context) }
    this.#listener = await atLocalEnd(local, () => listenLocally(parseEndpoint(local), open, flows))
  }

  /** Calls the peer. Resolves with true when standard input and output were joined, and have ended. */
  async open(context: Context, node: Caller, how: ForwardOptions): Promise<boolean> {
    const { target, service } = this.#one
    const announced = await announcedLink(context, node, this.callee, how)
    const onPipe = (pipe: PeerPipe) => {
      announced.onPipe?.(pipe)
      if (this.#listener?.local.type === 'udp') announceDatagrams(context, pipe)
    }
    const link = new PeerLink({ ...announced, service, onPipe })
    await showProgress(context.output, `Calling ${target}`, link.open())
    this.#link = link
    if (this.#listener === undefined) return joinStandardStreams(context, link)
    const local = formatEndpoint(this.#listener.local)
    context.output.event({ event: 'forwarding', local, service })
    context.output.info(`Forwarding ${local} to ${target}:${service}`)
    return false
  }

  /** Has the peer listen. */
  async openReverse(context: Context, node: Caller, how: ForwardOptions): Promise<void> {
    const link = await announcedLink(context, node, this.callee, how)
    this.#link = await openReverse(context, link, this.#one)
  }

  async closeLink(): Promise<void> {
    if (this.#link !== undefined) await closeInTime(this.#link)
  }

  close(): void {
    this.#listener?.close()
  }
}

/** Warns of the first flow that makes room for another one. */
function warnOnce({ output }: Context): () => void {
  let isWarned = false
  return () => {
    if (!isWarned)
      output.error('a UDP port has too many senders: the one that was silent longest loses its flow')
    isWarned = true
  }
}

/** For ssh's ProxyCommand: one connection on standard input and output, each direction with its own end. */
async function joinStandardStreams(context: Context, link: PeerLink): Promise<true> {
  const stream = link.openStream()
  if (stream === undefined) throw new CliError('CLI_SEND', 'the peer has ended the connection')
  await joinStdio({ stream, close: () => link.close() }, context)
  return true
}
