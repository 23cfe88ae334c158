import { addContact, type Contacts, removeContact } from '@p2pd/node'
import { loadContacts, updateContacts, verifyEd25519 } from '@p2pd/node/node'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { answers, Contact, ContactTarget, listOf, PipeName } from './schemas.ts'

/** The user's names for peers, the same as those of the command line. */
export function addContactRoutes(app: FastifyInstance, file: string | undefined): void {
  const list = (contacts: Contacts) => [...contacts].map(([name, entry]) => ({ name, ...entry }))
  const all = { schema: { summary: 'All contacts', response: answers(200, listOf(Contact)) } }
  app.get('/v1/contacts', all, async () => ({ items: list(await loadContacts(file)) }))
  const put = {
    schema: {
      summary: 'Gives a peer a name',
      params: PipeName,
      body: ContactTarget,
      response: answers(200, Contact),
    },
  }
  app.put<{ Params: Static<typeof PipeName>; Body: Static<typeof ContactTarget> }>(
    '/v1/contacts/:name',
    put,
    async (request) => {
      const contact = { ...request.params, ...request.body }
      await updateContacts((contacts) => addContact(contacts, contact, verifyEd25519), file)
      return contact
    },
  )
  const remove = {
    schema: { summary: 'Forgets a name', params: PipeName, response: answers(204, Type.Null()) },
  }
  app.delete<{ Params: Static<typeof PipeName> }>('/v1/contacts/:name', remove, async (request, reply) => {
    await updateContacts((contacts) => removeContact(contacts, request.params.name), file)
    return reply.code(204).send()
  })
}
