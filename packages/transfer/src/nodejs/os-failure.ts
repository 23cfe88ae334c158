import { systemReason } from '@p2pd/netif'
import type { FileReason } from '../frame/reasons.ts'
import { TransferError } from '../transfer-error.ts'

/** A reason for one file, and the words of the system. */
export interface FileFailure {
  readonly reason: FileReason
  readonly detail: string
}

const readReasons: Readonly<Record<string, FileReason>> = {
  ENOENT: 'gone',
  ENOTDIR: 'gone',
  ELOOP: 'changed', // It was a file a moment ago and is a link now.
  EISDIR: 'changed',
  ENXIO: 'special',
}

const writeReasons: Readonly<Record<string, FileReason>> = {
  ENAMETOOLONG: 'name',
  EINVAL: 'name', // Windows, and file systems that refuse a character.
  EILSEQ: 'name',
  EEXIST: 'in-the-way',
  EISDIR: 'in-the-way',
  ENOTDIR: 'in-the-way',
  ELOOP: 'in-the-way',
  ENOTEMPTY: 'in-the-way',
  ENOENT: 'in-the-way', // A folder was removed while the transfer ran.
}

/** The code of an error of the system, such as `ENOENT`. */
export function osCode(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? ''
}

/** Why a file cannot be read. */
export function readFailure(error: unknown): FileFailure {
  return { reason: readReasons[osCode(error)] ?? 'unreadable', detail: words(error) }
}

/** Why one file cannot be stored. Throws what stops the whole transfer: a full disk or quota. */
export function writeFailure(error: unknown, path: string): FileFailure {
  if (error instanceof TransferError) throw error
  const code = osCode(error)
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
  if (isFull) {
    const detail = `${path}: ${code === 'EDQUOT' ? 'the quota is used up' : 'the disk is full'}`
    throw new TransferError('TRANSFER_DISK_FULL', detail, { cause: error })
  }
  if (code === '') throw error
  return { reason: writeReasons[code] ?? 'not-writable', detail: words(error) }
}

/** A reason without the path: the peer need not learn where a folder lies. */
function words(error: unknown): string {
  const reason = systemReason(error)
  return reason.split(',')[0] ?? reason
}
