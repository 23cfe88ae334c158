import { addContact } from '@p2pd/node'
import { updateContacts, verifyEd25519 } from '@p2pd/node/node'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { DaemonContext } from '../daemon-context.ts'
import { answers, Decision, listOf, ResourceId, Waiting } from './schemas.ts'
import type { WaitingCallers } from './waiting-callers.ts'

type Id = { Params: Static<typeof ResourceId>; Body: Static<typeof Decision> }

/** The callers that wait for a person, and the person's decision. */
export function addWaitingRoutes(
  app: FastifyInstance,
  { contactsFile }: DaemonContext,
  waiting: WaitingCallers,
): void {
  const list = {
    schema: { summary: 'The callers that wait for a decision', response: answers(200, listOf(Waiting)) },
  }
  app.get('/v1/waiting', list, () => ({ items: waiting.list() }))
  const decide = (summary: string) => ({
    schema: { summary, params: ResourceId, body: Decision, response: answers(204, Type.Null()) },
  })
  /** Names the peer first: it may not be let in, or away, when that fails. */
  const remember = async (name: string | undefined, target: string, isBlocked: boolean) => {
    if (name === undefined) return
    const contact = { name, target, isBlocked }
    await updateContacts((contacts) => addContact(contacts, contact, verifyEd25519), contactsFile)
  }
  const accept = decide('Lets a caller in; `remember` makes it a contact')
  app.post<Id>('/v1/waiting/:id/accept', accept, async (request, reply) => {
    const caller = waiting.get(request.params.id)
    await remember(request.body.remember, caller.peer, false)
    caller.accept()
    return reply.code(204).send()
  })
  const refuse = decide('Refuses a caller; `remember` blocks it under a name')
  app.post<Id>('/v1/waiting/:id/refuse', refuse, async (request, reply) => {
    const caller = waiting.get(request.params.id)
    await remember(request.body.remember, caller.peer, true)
    caller.refuse()
    return reply.code(204).send()
  })
}
