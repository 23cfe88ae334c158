import { equalBytes } from '@p2pd/netif'
import { HASH_LENGTH } from '../frame/frame.ts'

/** A record of the chunks of an unfinished file that are on disk. It grows by one hash for each chunk. */
export interface Journal {
  readonly size: number
  readonly mtimeMs: number
  /** Identifies the run of the operating system; at most 40 bytes. */
  readonly boot: string
  /** SHA-256 of the chunks from 0 on. */
  readonly hashes: readonly Uint8Array[]
}

const MAGIC = new TextEncoder().encode('p2pdprt1')
const BOOT_LENGTH = 40
/** Bytes before the first hash. */
export const JOURNAL_HEADER_LENGTH = MAGIC.length + 16 + BOOT_LENGTH

/** The bytes that a journal begins with. Its hashes follow, 32 bytes each. */
export function encodeJournalHeader({ size, mtimeMs, boot }: Omit<Journal, 'hashes'>): Uint8Array {
  const bytes = new Uint8Array(JOURNAL_HEADER_LENGTH)
  bytes.set(MAGIC)
  const view = new DataView(bytes.buffer)
  view.setFloat64(MAGIC.length, size)
  view.setFloat64(MAGIC.length + 8, mtimeMs)
  bytes.set(new TextEncoder().encode(boot).subarray(0, BOOT_LENGTH), MAGIC.length + 16)
  return bytes
}

/** Reads a journal; `undefined` when it is not one. A hash that is not complete is left out. */
export function decodeJournal(bytes: Uint8Array): Journal | undefined {
  if (bytes.length < JOURNAL_HEADER_LENGTH || !equalBytes(bytes.subarray(0, MAGIC.length), MAGIC))
    return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const boot = new TextDecoder()
    .decode(bytes.subarray(MAGIC.length + 16, JOURNAL_HEADER_LENGTH))
    .replace(/\0+$/, '')
  const count = Math.floor((bytes.length - JOURNAL_HEADER_LENGTH) / HASH_LENGTH)
  const hashes = Array.from({ length: count }, (_, i) => {
    const start = JOURNAL_HEADER_LENGTH + i * HASH_LENGTH
    return bytes.subarray(start, start + HASH_LENGTH)
  })
  return { size: view.getFloat64(MAGIC.length), mtimeMs: view.getFloat64(MAGIC.length + 8), boot, hashes }
}
