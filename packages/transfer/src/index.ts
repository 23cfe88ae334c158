/**
 * Files and folders over any byte stream: a manifest, consent, then chunks of 1 MiB with their SHA-256.
 *
 * The receiver asks for what it lacks, so that an interrupted transfer goes on where it stopped. Nothing existing changes
 * without consent, and nothing is written outside of the receiving folder. This package deliberately neither finds peers nor
 * encrypts: it takes a Duplex that does. `@p2pd/transfer/node` has `sendFiles` and `receiveFiles`; here are the
 * protocol, the rules for names, and the plain data of both.
 *
 * @example
 * ```ts
 * import { receiveFiles, sendFiles } from '@p2pd/transfer/node'
 * import { duplexPair } from './duplex-pair.ts'
 *
 * const [here, there] = duplexPair()
 * const received = receiveFiles(there, 'inbox', { peer: 'alice', consent: ({ files }) => files < 100 })
 * await sendFiles(here, ['holiday'], { onEvent: (event) => console.log(event) })
 * console.log(await received)
 * ```
 *
 * FIPS 180-4 (SHA-256), Unicode Standard Annex #9 and #15.
 *
 * @packageDocumentation
 */
export type { FileEvent, ReceiveEvent, SendEvent, TransferResult } from './events.ts'
export {
  CHUNK_LENGTH,
  type ChunkFrame,
  decodePayload,
  encodeFrame,
  type Frame,
  FrameType,
} from './frame/frame.ts'
export { type Allocate, FrameDecoder } from './frame/frame-decoder.ts'
export { countsAsFailed, type FileReason, type EntryOutcome, type StopReason } from './frame/reasons.ts'
export type { DirectoryEntry, Entry, FileEntry, LinkEntry, NoteEntry } from './manifest/entry.ts'
export type { Summary } from './manifest/summary.ts'
export { decodeName } from './names/encode-name.ts'
export { escapeName } from './names/escape-name.ts'
export type { Progress } from './pacing/progress.ts'
export type { ConflictPolicy } from './receiving/plan-file.ts'
export { type Hash, ReceiverMachine, type ReceiverStep } from './receiving/receiver-machine.ts'
export { SenderMachine, type SenderStep, type Want } from './sending/sender-machine.ts'
export { TransferError, type TransferErrorCode, type TransferErrorOptions } from './transfer-error.ts'
export { type Attempts, sendUntilDone } from './sending/send-until-done.ts'
