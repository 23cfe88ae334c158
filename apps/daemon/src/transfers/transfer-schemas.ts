import { Type } from 'typebox'
import { Strategy } from '../v1/schemas.ts'

/** An offer in short. Names are the sender's: show them escaped. */
export const TransferSummary = Type.Object({
  files: Type.Integer(),
  directories: Type.Integer(),
  links: Type.Integer(),
  bytes: Type.Number({ description: 'of all files whose size is known' }),
  hasUnknownSize: Type.Boolean(),
  names: Type.Array(Type.String(), { description: 'the first names at the top' }),
  hidden: Type.Array(Type.String(), { description: 'files that file managers hide, the first 1,000' }),
  hiddenCount: Type.Integer(),
})

export const TransferProgress = Type.Object({
  files: Type.Integer(),
  totalFiles: Type.Integer(),
  bytes: Type.Number(),
  totalBytes: Type.Optional(Type.Number({ description: 'missing while the size of some file is not known' })),
  bytesPerSecond: Type.Number(),
})

/** Files on their way to a peer, or from one. */
export const Transfer = Type.Object({
  id: Type.String(),
  direction: Type.String({ description: 'out or in' }),
  state: Type.String({
    description:
      'calling; offered: the receiver decides; running; interrupted: the sender calls again; done, failed, refused, cancelled',
  }),
  target: Type.Optional(Type.String({ description: 'as the sender named the peer' })),
  peer: Type.Optional(Type.String({ description: 'the node id' })),
  strategy: Type.Optional(Strategy),
  summary: Type.Optional(TransferSummary),
  progress: Type.Optional(TransferProgress),
  folder: Type.Optional(Type.String({ description: 'where the files go' })),
  stored: Type.Optional(Type.Integer({ description: 'files that the receiver has now' })),
  failed: Type.Optional(Type.Integer({ description: 'files that were not sent or not stored' })),
  resumedBytes: Type.Number({ description: 'bytes of unfinished files that an earlier run had moved' }),
  failures: Type.Array(Type.Object({ path: Type.String(), reason: Type.String(), detail: Type.String() }), {
    description: 'the first 100',
  }),
  reason: Type.Optional(Type.String()),
  failure: Type.Optional(Type.String({ description: "the library's code" })),
  startedAt: Type.String({ format: 'date-time' }),
  endedAt: Type.Optional(Type.String({ format: 'date-time' })),
})

export const TransferRequest = Type.Object({
  target: Type.String({ minLength: 1, maxLength: 8192 }),
  files: Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), {
    minItems: 1,
    maxItems: 10_000,
    description: 'absolute paths of files and folders on the host of the daemon',
  }),
  bytesPerSecond: Type.Optional(Type.Integer({ minimum: 1, description: 'no limit without it' })),
})

export const UploadQuery = Type.Object({
  target: Type.String({ minLength: 1, maxLength: 8192 }),
  name: Type.String({ minLength: 1, maxLength: 255, description: 'of the file at the receiver' }),
})

export const Acceptance = Type.Object({
  folder: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4096,
      description: "an absolute path (over the Unix socket alone); the daemon's own folder without it",
    }),
  ),
  conflict: Type.Optional(
    Type.Union(
      (['skip', 'rename', 'overwrite'] as const).map((rule) => Type.Literal(rule)),
      { description: 'for a name that another content has: rename without it' },
    ),
  ),
})

export const transferSchemas = { TransferSummary, TransferProgress, Transfer, TransferRequest, Acceptance }
