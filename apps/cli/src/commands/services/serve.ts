import { NodeError, type StrategyName } from '@p2pd/node'
import {
  defaultContactsFile,
  formatEndpoint,
  loadContacts,
  parseServed,
  type ServedEndpoint,
  type ServedListeners,
  serveEndpoints,
} from '@p2pd/node/node'
import { peerName, tellOf } from '../../access/peer-name.ts'
import { codeOf, type Context, untilInterrupted } from '../../context.ts'
import { announcePaths } from '../../path-events.ts'
import type { DaemonNode } from '../../user-daemon/daemon-node.ts'
import { allowByDaemon, serveByDaemon } from '../../user-daemon/serve-by-daemon.ts'
import { withDaemonOr } from '../../user-daemon/with-caller.ts'
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
  const allow = [...(options.allow ?? [CONTACTS])]
  const admit = await admissionBy(context, allow)
  const byDaemon = async (node: DaemonNode, context: Context) => {
    announceEvents(context, node, served)
    await serveByDaemon(node, served, { allow, listeners: listenersOf(context) })
    for (const one of served) announceServing(context, one, node.id)
    await untilEnd(context, served, options, ({ id }) => {
      allow.push(id)
      return allowByDaemon(node, served, allow)
    })
  }
  await withDaemonOr(context, byDaemon, () => serveAlone(context, served, { admit, allow, options }))
}

interface Serving {
  readonly admit: Awaited<ReturnType<typeof admissionBy>>
  readonly allow: string[]
  readonly options: ServeOptions
}

async function serveAlone(
  context: Context,
  served: readonly ServedEndpoint[],
  { admit, allow, options }: Serving,
): Promise<void> {
  await withNode(context, { admit }, async (node) => {
    const withdraw = serveEndpoints(node, served, listenersOf(context))
    node.onEvent((event) => {
      if (event.type !== 'waiting') return
      announceWaiting(context, event.caller.peer, event.caller.service)
    })
    for (const one of served) announceServing(context, one, node.id)
    await untilEnd(context, served, options, ({ id }) => void allow.push(id))
    withdraw()
  })
}

/** Waits for the end of the command, and shows a code meanwhile if there is to be one. */
async function untilEnd(
  context: Context,
  served: readonly ServedEndpoint[],
  { allow = [CONTACTS], code }: ServeOptions,
  admit: (peer: { readonly id: string }) => void | Promise<void>,
): Promise<void> {
  if (!code && allow.every((word) => word === CONTACTS) && !(await hasContacts(context)))
    context.output.error(NO_CONTACTS)
  const invitation = code ? invite(context, served[0]?.name ?? '', admit) : undefined
  try {
    await untilInterrupted(context.interrupted)
  } finally {
    await invitation?.close()
  }
}

const CONTACTS = 'contacts'

const NO_CONTACTS =
  'contacts alone may call, and you have none: run `p2pd pair`, or start with --code or --allow everyone'

/** A file that can't be read counts as contacts: admission reports the fault. */
async function hasContacts({ env }: Context): Promise<boolean> {
  return loadContacts(defaultContactsFile(env)).then(
    ({ size }) => size > 0,
    () => true,
  )
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

/** Prints the reports of services that this process itself connects. */
function listenersOf(context: Context): ServedListeners {
  return {
    onPeer: (pipe) => {
      const { peer, service, connection } = pipe
      announcePeer(context, { peer, service, strategy: connection.strategy })
      announcePaths(context, pipe)
    },
    onUnreached: ({ name, endpoint }, reason) =>
      announceUnreached(context, { service: name, to: formatEndpoint(endpoint), reason }),
    onRefused: ({ peer, service }, reason) => {
      context.output.event({ event: 'refused', peer, service, reason })
      void peerName(context, peer).then((name) =>
        context.output.error(`${name} asked for "${service}", and was refused: ${reason}`),
      )
    },
  }
}

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

/** Prints the events of the daemon about the services of this command. */
function announceEvents(context: Context, node: DaemonNode, served: readonly ServedEndpoint[]): void {
  node.onEvent(({ type, ...event }) => {
    if (type === 'peer') announcePeer(context, event as never)
    if (type === 'unreached') announceUnreached(context, event as never)
    if (type !== 'waiting') return
    const { peer, service } = event['caller'] as { readonly peer: string; readonly service: string }
    if (served.some(({ name }) => name === service)) announceWaiting(context, peer, service)
  })
}

function announcePeer(
  context: Context,
  {
    peer,
    service,
    strategy,
  }: { readonly peer: string; readonly service: string; readonly strategy: StrategyName },
): void {
  context.output.event({ event: 'peer', peer, service, strategy })
  void tellOf(context, peer, (name) => `${name} uses "${service}" (${strategy})`)
}

function announceUnreached(
  { output }: Context,
  { service, to, reason }: { readonly service: string; readonly to: string; readonly reason: string },
): void {
  output.event({ event: 'unreached', service, to, reason })
  output.error(`no connection of "${service}" to ${to}: ${reason}`)
}
