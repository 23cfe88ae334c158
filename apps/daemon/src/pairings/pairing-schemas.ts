import { Type } from 'typebox'

/** A pairing by a short code. */
export const Pairing = Type.Object({
  id: Type.String(),
  state: Type.String({
    description: 'waiting, paired or failed; the event of one that was ended says cancelled',
  }),
  code: Type.Optional(Type.String({ description: 'for the other side; good for ten minutes' })),
  command: Type.Optional(Type.String({ description: 'the command of the other side' })),
  guessesLeft: Type.Optional(Type.Integer({ description: 'after wrong guesses of the other side' })),
  name: Type.Optional(Type.String({ description: 'the contact that the other side has become' })),
  peer: Type.Optional(Type.String({ description: 'its node id' })),
  reason: Type.Optional(Type.String({ description: 'why it failed' })),
  failure: Type.Optional(Type.String({ description: "the library's code of the failure" })),
  startedAt: Type.String({ format: 'date-time' }),
})

export const PairingRequest = Type.Object({
  code: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'of the other side; without it this side makes one, and waits',
    }),
  ),
  name: Type.Optional(Type.String({ maxLength: 64, description: 'by which this side introduces itself' })),
  remember: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'the contact that the other side becomes' }),
  ),
})

export const pairingSchemas = { Pairing, PairingRequest }
