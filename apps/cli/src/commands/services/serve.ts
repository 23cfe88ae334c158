import type { PeerPipe } from '@p2pd/node'
import { formatEndpoint, parseServed, serveEndpoints } from '@p2pd/node/node'
import { codeOf, type Context, untilInterrupted } from '../../context.ts'
import { announcePaths } from '../../path-events.ts'
import { withNode } from '../../with-node.ts'
import { admissionBy } from '../admission.ts'
import { Invitation, type InvitationOptions } from '../pair/invitation.ts'

export interface ServeOptions {
  readonly allow?: readonly string[]
  /** Shows a code, and lets its user in. */
  readonly code?: true
}

/** `p2pd serve`: offers ports of this host to peers that may use them. */
export async function serve(
  context: Context,
  texts: readonly string[],
  options: ServeOptions,
): Promise<void> {
  const { output, interrupted } = context
  const served = texts.map(parseServed)
  const allow = [...(options.allow ?? ['contacts'])]
  await withNode(context, { admit: await admissionBy(context, allow) }, async (node) => {
    const withdraw = serveEndpoints(node, served, (pipe) => announce(context, pipe))
    node.onEvent((event) => {
      if (event.type !== 'waiting') return
      const { peer, service } = event.caller
      output.event({ event: 'waiting', peer, service })
      output.info(`${peer} waits for "${service}": p2pd peers accept ${peer}`)
    })
    for (const { name, endpoint } of served) {
      const to = formatEndpoint(endpoint)
      output.event({ event: 'serving', id: node.id, service: name, to })
      output.info(`Serving "${name}", which is ${to}. Callers run: p2pd forward LOCAL ${node.id}:${name}`)
    }
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

function announce(context: Context, pipe: PeerPipe): void {
  const { peer, service, connection } = pipe
  const { strategy } = connection
  context.output.event({ event: 'peer', peer, service, strategy })
  context.output.info(`${peer} uses "${service}" (${strategy})`)
  announcePaths(context, pipe)
}
