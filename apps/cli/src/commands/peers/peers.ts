import { addContact, findContact, peerOf } from '@p2pd/node'
import {
  defaultContactsFile,
  defaultPendingFile,
  loadPending,
  updateContacts,
  verifyEd25519,
} from '@p2pd/node/node'
import { peerNames } from '../../access/peer-name.ts'
import type { Context } from '../../context.ts'

export interface AcceptOptions {
  readonly remember?: string
  readonly allow?: readonly string[]
}

/** Characters of an id that name a peer without a name. */
const SHORT = 8

/** `p2pd peers pending`: the callers that wait for a decision, the oldest first. */
export async function listPending(context: Context): Promise<void> {
  const { env, output } = context
  const nameOf = await peerNames(context)
  const callers = await loadPending(defaultPendingFile(env))
  if (callers.length === 0) output.info('Nobody waits.')
  for (const { peer, service, since } of callers) {
    const waitedMs = Math.max(0, Date.now() - since)
    output.event({ event: 'pending', peer, service, waitedMs })
    if (!output.json) output.result(`${nameOf(peer)}  ${service || 'pipe'}  ${Math.round(waitedMs / 1000)} s`)
  }
}

/** `p2pd peers accept`: makes a peer a contact, which lets it in where it waits. */
export async function acceptPeer(
  context: Context,
  peer: string,
  { remember, allow }: AcceptOptions,
): Promise<void> {
  await decide(context, peer, { name: remember, isBlocked: false, ...(allow && { allow }) })
}

/** `p2pd peers block`: refuses every call of a peer to a service. */
export async function blockPeer(context: Context, peer: string): Promise<void> {
  await decide(context, peer, { name: undefined, isBlocked: true })
}

interface Decision {
  readonly name: string | undefined
  readonly isBlocked: boolean
  readonly allow?: readonly string[]
}

async function decide({ env, output }: Context, peer: string, { name, ...limits }: Decision): Promise<void> {
  let used = name ?? peer.slice(0, SHORT)
  const contacts = await updateContacts((known) => {
    const byName = findContact(known, peer)
    const target = byName?.target ?? peer
    const id = peerOf({ target })
    used = name ?? byName?.name ?? [...known].find(([, entry]) => peerOf(entry) === id)?.[0] ?? used
    return addContact(known, { name: used, target, ...limits }, verifyEd25519)
  }, defaultContactsFile(env))
  const contact = findContact(contacts, used)
  output.event({ event: limits.isBlocked ? 'blocked' : 'accepted', ...contact })
  output.info(`${contact?.name} is ${limits.isBlocked ? 'blocked' : 'among your contacts'}`)
}
