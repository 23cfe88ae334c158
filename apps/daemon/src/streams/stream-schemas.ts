import { Type } from 'typebox'
import { PipeName, ResourceId } from '../v1/schemas.ts'

/** A stream beside a pipe, with back-pressure and an end of its own. */
export const Stream = Type.Object({
  id: Type.String(),
  direction: Type.String({ description: 'in or out' }),
  service: Type.String({ description: 'a word for the peer; empty where none was named' }),
  joined: Type.Boolean({ description: 'whether a connection reads its bytes' }),
})

export const StreamRequest = Type.Object({ service: Type.Optional(Type.String({ maxLength: 255 })) })

export const StreamName = Type.Object({ ...PipeName.properties, ...ResourceId.properties })

export const streamSchemas = { Stream, StreamRequest }
