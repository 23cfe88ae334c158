import { ByteReader, malformed } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { FileReason, fileReasonOf, EntryOutcome, outcomeOf, StopReason, stopOfNumber } from './reasons.ts'

/** Bytes of a chunk; the last one of a file may be shorter. */
export const CHUNK_LENGTH = 2 ** 20
/** Bytes of a SHA-256. FIPS 180-4. */
export const HASH_LENGTH = 32
/** Bytes of entries in one frame, at most. */
export const MAX_ENTRIES_LENGTH = 65_536
/** Bytes of a frame after its header, at most: a chunk with its fields. */
export const MAX_PAYLOAD = CHUNK_LENGTH + 64
/** Bytes of a reason in words, at most. */
export const MAX_DETAIL = 1000
/** The version that this package speaks. */
export const VERSION = 1

const MAGIC = 'p2pd-transfer'

/** The types of frames. Frames of types not known are skipped. */
export const FrameType = {
  Hello: 0x01,
  Entries: 0x02,
  Offer: 0x03,
  Chunk: 0x04,
  Hash: 0x05,
  FileEnd: 0x06,
  FileFailed: 0x07,
  Finish: 0x08,
  Stop: 0x09,
  Accept: 0x10,
  Want: 0x11,
  WantsEnd: 0x12,
  Stored: 0x13,
  Done: 0x14,
} as const

/** One message of the protocol. Files are named by their index among the entries. */
export type Frame =
  /** The first frame of each end. */
  | { readonly type: 'hello'; readonly version: number }
  /** Entries of the manifest, encoded one after another. */
  | { readonly type: 'entries'; readonly bytes: Uint8Array }
  /** The end of the manifest: its entries, the bytes of all files, the SHA-256 of all encoded entries. */
  | { readonly type: 'offer'; readonly entries: number; readonly bytes: number; readonly root: Uint8Array }
  /** One chunk of a file, and its SHA-256. */
  | ChunkFrame
  /** The SHA-256 of a chunk that the receiver only compares. */
  | { readonly type: 'hash'; readonly index: number; readonly number: number; readonly hash: Uint8Array }
  /** All wanted chunks of the file were sent, and the file has not changed. */
  | { readonly type: 'file-end'; readonly index: number }
  /** The sender could not send a file, or the receiver could not store it. */
  | {
      readonly type: 'file-failed'
      readonly index: number
      readonly reason: FileReason
      readonly detail: string
    }
  /** The sender has sent all that was wanted. */
  | { readonly type: 'finish' }
  /** The end that sends this stops the transfer. */
  | { readonly type: 'stop'; readonly reason: StopReason; readonly detail: string }
  /** The receiver consents. */
  | { readonly type: 'accept' }
  /** The receiver wants a file from this chunk on, or the hashes of its chunks. */
  | { readonly type: 'want'; readonly index: number; readonly from: number; readonly hashesOnly: boolean }
  /** The receiver wants nothing else. */
  | { readonly type: 'wants-end' }
  /** The receiver has the file. */
  | { readonly type: 'stored'; readonly index: number; readonly outcome: EntryOutcome }
  /** The receiver has everything that it is going to have. */
  | { readonly type: 'done'; readonly stored: number; readonly failed: number }

/** One chunk of a file, and its SHA-256. */
export interface ChunkFrame {
  readonly type: 'chunk'
  readonly index: number
  readonly number: number
  readonly hash: Uint8Array
  readonly bytes: Uint8Array
}

/** Used for one frame after another: small files need four frames each. */
const [fields, header] = [new ByteWriter(), new ByteWriter()]

/** The header, type and length of four bytes, and the payload. The bytes of a chunk are the last part, not copied. */
export function encodeFrame(frame: Frame): Uint8Array[] {
  const type = writeFields(frame)
  const body = frame.type === 'chunk' || frame.type === 'entries' ? frame.bytes : undefined
  const length = fields.length + (body?.length ?? 0)
  header.byte(type)
  for (const shift of [24, 16, 8, 0]) header.byte((length >>> shift) & 0xff)
  const head = header.raw(fields.take()).take()
  return body === undefined ? [head] : [head, body]
}

function writeFields(frame: Frame): number {
  switch (frame.type) {
    case 'hello':
      fields.text(MAGIC).integer(frame.version)
      return FrameType.Hello
    case 'entries':
      return FrameType.Entries
    case 'offer':
      fields.integer(frame.entries).integer(frame.bytes).raw(frame.root)
      return FrameType.Offer
    case 'chunk':
      fields.integer(frame.index).integer(frame.number).raw(frame.hash)
      return FrameType.Chunk
    case 'hash':
      fields.integer(frame.index).integer(frame.number).raw(frame.hash)
      return FrameType.Hash
    case 'file-end':
      fields.integer(frame.index)
      return FrameType.FileEnd
    case 'file-failed':
      fields.integer(frame.index).byte(FileReason[frame.reason]).text(shortened(frame.detail))
      return FrameType.FileFailed
    case 'finish':
      return FrameType.Finish
    case 'stop':
      fields.byte(StopReason[frame.reason]).text(shortened(frame.detail))
      return FrameType.Stop
    case 'accept':
      return FrameType.Accept
    case 'want':
      fields
        .integer(frame.index)
        .integer(frame.from)
        .byte(frame.hashesOnly ? 1 : 0)
      return FrameType.Want
    case 'wants-end':
      return FrameType.WantsEnd
    case 'stored':
      fields.integer(frame.index).byte(EntryOutcome[frame.outcome])
      return FrameType.Stored
    case 'done':
      fields.integer(frame.stored).integer(frame.failed)
      return FrameType.Done
  }
}

/**
 * Decodes a payload; `undefined` for types not known. Bytes after the known fields are ignored. Throws
 * `TRANSFER_MALFORMED`.
 */
export function decodePayload(type: number, payload: Uint8Array): Frame | undefined {
  const fields = new ByteReader(payload)
  switch (type) {
    case FrameType.Hello:
      if (fields.text(MAGIC.length) !== MAGIC) throw malformed('the peer speaks another protocol')
      return { type: 'hello', version: fields.integer() }
    case FrameType.Entries:
      return { type: 'entries', bytes: payload }
    case FrameType.Offer:
      return {
        type: 'offer',
        entries: fields.integer(),
        bytes: fields.integer(),
        root: fields.raw(HASH_LENGTH),
      }
    case FrameType.Chunk:
      return decodeChunk(fields)
    case FrameType.Hash:
      return {
        type: 'hash',
        index: fields.integer(),
        number: fields.integer(),
        hash: fields.raw(HASH_LENGTH),
      }
    case FrameType.FileEnd:
      return { type: 'file-end', index: fields.integer() }
    case FrameType.FileFailed: {
      const [index, reason] = [fields.integer(), fileReasonOf(fields.byte())]
      return { type: 'file-failed', index, reason, detail: fields.text(MAX_DETAIL) }
    }
    case FrameType.Finish:
      return { type: 'finish' }
    case FrameType.Stop:
      return { type: 'stop', reason: stopOfNumber(fields.byte()), detail: fields.text(MAX_DETAIL) }
    case FrameType.Accept:
      return { type: 'accept' }
    case FrameType.Want:
      return {
        type: 'want',
        index: fields.integer(),
        from: fields.integer(),
        hashesOnly: fields.byte() === 1,
      }
    case FrameType.WantsEnd:
      return { type: 'wants-end' }
    case FrameType.Stored:
      return { type: 'stored', index: fields.integer(), outcome: outcomeOf(fields.byte()) }
    case FrameType.Done:
      return { type: 'done', stored: fields.integer(), failed: fields.integer() }
    default:
      return undefined
  }
}

function decodeChunk(fields: ByteReader): ChunkFrame {
  const [index, number, hash] = [fields.integer(), fields.integer(), fields.raw(HASH_LENGTH)]
  if (fields.left > CHUNK_LENGTH) throw malformed(`a chunk of ${fields.left} bytes`)
  return { type: 'chunk', index, number, hash, bytes: fields.raw(fields.left) }
}

/** Fits into `MAX_DETAIL` bytes whatever its characters are. */
function shortened(detail: string): string {
  return detail.slice(0, MAX_DETAIL / 4)
}
