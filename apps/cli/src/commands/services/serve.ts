import { NodeError, type PeerPipe } from '@p2pd/node'
import { formatEndpoint, parseServed, type ServedEndpoint, serveEndpoints } from '@p2pd/node/node'
import { peerName, tellOf } from '../../access/peer-name.ts'
import { codeOf, type Context, untilInterrupted } from '../../context.ts'
import { announcePaths } from '../../path-events.ts'
import { findDaemon } from '../../user-daemon/find-daemon.ts'
import { serveByDaemon } from '../../user-daemon/serve-by-daemon.ts'
import { withNode } from '../../with-node.ts'
import { admissionBy } from '../admission.ts'
import { announceWaiting } from './announce-waiting.ts'
import { Invitation, type InvitationOptions } from '../pair/invitation.ts'

export interface ServeOptions {
  readonly allow?: readonly string[]
  /** Shows a code, and lets its user in. */
  readonly code?: true
}

/** The services that a command line names. Throws `NODE_BAD_OPTION`. */
export function parseServices(texts: readonly string[]): readonly ServedEndpoint[] {
  const served = texts.map(parseServed)
  const twice = served.find(({ name }, index) => served.findIndex((one) => one.name === name) < index)
  if (twice === undefined) return served
  throw new NodeError('NODE_BAD_OPTION', `"${twice.name}" is there twice: give one of them NAME=`)
}

/** `p2pd serve`: offers ports of this host to peers that may use them. */
export async function serve(
  context: Context,
  served: readonly ServedEndpoint[],
  options: ServeOptions,
): Promise<void> {
  const { output, interrupted } = context
  const allow = [...(options.allow ?? ['contacts'])]
  const daemon = await findDaemon(context)
  if (daemon !== undefined && !options.code && !served.some(({ isReverse }) => isReverse)) {
    const onServing = (one: ServedEndpoint) => announceServing(context, one, daemon.id)
    return serveByDaemon(context, daemon, served, { allow, onServing })
  }
  if (daemon !== undefined) output.error(BESIDE_DAEMON)
  await withNode(context, { admit: await admissionBy(context, allow) }, async (node) => {
    const withdraw = serveEndpoints(node, served, {
      onPeer: (pipe) => announce(context, pipe),
      onUnreached: ({ name, endpoint }, reason) => {
        const to = formatEndpoint(endpoint)
        output.event({ event: 'unreached', service: name, to, reason })
        output.error(`no connection of "${name}" to ${to}: ${reason}`)
      },
      onRefused: ({ peer, service }, reason) => {
        context.output.event({ event: 'refused', peer, service, reason })
        void peerName(context, peer).then((name) =>
          context.output.error(`${name} asked for "${service}", and was refused: ${reason}`),
        )
      },
    })
    node.onEvent((event) => {
      if (event.type !== 'waiting') return
      announceWaiting(context, event.caller.peer, event.caller.service)
    })
    for (const one of served) announceServing(context, one, node.id)
    const invitation = options.code
      ? invite(context, served[0]?.name ?? '', ({ id }) => allow.push(id))
      : undefined
    await untilInterrupted(interrupted)
    await invitation?.close()
    withdraw()
  })
}

/** A code that is burnt or too old does not end the services: others may be using them. */
function invite(context: Context, service: string, admit: InvitationOptions['admit']): Invitation {
  const { output } = context
  const commandOf = (code: string) => `p2pd forward LOCAL ${code}:${service}`
  const invitation = new Invitation(context, { purpose: 'services', commandOf, admit })
  invitation.failed().catch((error: unknown) => {
    if (context.interrupted.aborted) return
    const { message } = error as Error
    output.event({ event: 'code-over', code: codeOf(error), reason: message })
    output.error(`${message}: nobody else gets in by it; start again for a new code`)
  })
  return invitation
}

const BESIDE_DAEMON =
  'your daemon has the same identity, and callers may reach it instead: end it, or give this command its own --identity'

function announceServing({ output }: Context, one: ServedEndpoint, id: string): void {
  const to = formatEndpoint(one.endpoint)
  output.event({ event: 'serving', id, service: one.name, to })
  output.info(textOf(one, id))
}

function textOf({ name, endpoint, isReverse }: ServedEndpoint, id: string): string {
  const to = formatEndpoint(endpoint)
  if (!isReverse) return `Serving "${name}", which is ${to}. Callers run: p2pd forward LOCAL ${id}:${name}`
  const own = name.slice('reverse:'.length)
  return `Callers may have ${to} lead to them. They run: p2pd forward -R LOCAL ${id}:${own}`
}

function announce(context: Context, pipe: PeerPipe): void {
  const { peer, service, connection } = pipe
  const { strategy } = connection
  context.output.event({ event: 'peer', peer, service, strategy })
  void tellOf(context, peer, (name) => `${name} uses "${service}" (${strategy})`)
  announcePaths(context, pipe)
}
