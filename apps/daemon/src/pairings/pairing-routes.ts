import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { answers, listOf, ResourceId } from '../v1/schemas.ts'
import { Pairing, PairingRequest } from './pairing-schemas.ts'
import type { Pairings } from './pairings.ts'

type Id = { Params: Static<typeof ResourceId> }

/** Two people and a short code: each becomes a contact of the other. */
export function addPairingRoutes(app: FastifyInstance, pairings: Pairings): void {
  const list = { schema: { summary: 'The last pairings', response: answers(200, listOf(Pairing)) } }
  app.get('/v1/pairings', list, () => ({ items: pairings.list() }))
  const post = {
    schema: {
      summary: 'Makes a code and waits for the other side, or pairs with the side that has made one',
      body: PairingRequest,
      response: answers(201, Pairing),
    },
  }
  app.post<{ Body: Static<typeof PairingRequest> }>('/v1/pairings', post, async (request, reply) =>
    reply.code(201).send(await pairings.start(request.body)),
  )
  const get = { schema: { summary: 'One pairing', params: ResourceId, response: answers(200, Pairing) } }
  app.get<Id>('/v1/pairings/:id', get, (request) => pairings.get(request.params.id))
  const remove = {
    schema: { summary: 'Ends a pairing', params: ResourceId, response: answers(204, Type.Null()) },
  }
  app.delete<Id>('/v1/pairings/:id', remove, (request, reply) => {
    pairings.cancel(request.params.id)
    return reply.code(204).send()
  })
}
