import type { TransferErrorCode } from '../transfer-error.ts'

/** Why one end stops the whole transfer, by the number on the wire. Numbers not known count as `cancelled`. */
export const StopReason = {
  cancelled: 0,
  refused: 1,
  'no-space': 2,
  'disk-full': 3,
  'not-writable': 4,
  busy: 5,
  protocol: 6,
} as const

/** Why one end stops the whole transfer. */
export type StopReason = keyof typeof StopReason

const stopCodes: Readonly<Record<StopReason, TransferErrorCode>> = {
  cancelled: 'TRANSFER_CANCELLED',
  refused: 'TRANSFER_REFUSED',
  'no-space': 'TRANSFER_NO_SPACE',
  'disk-full': 'TRANSFER_DISK_FULL',
  'not-writable': 'TRANSFER_NOT_WRITABLE',
  busy: 'TRANSFER_BUSY',
  protocol: 'TRANSFER_PROTOCOL',
}

/** The code of the error that a reason becomes at both ends. */
export function codeOfStop(reason: StopReason): TransferErrorCode {
  return stopCodes[reason]
}

/** The reason for the wire, of an error at this end. */
export function stopOfCode(code: TransferErrorCode): StopReason {
  const found = (Object.keys(stopCodes) as StopReason[]).find((reason) => stopCodes[reason] === code)
  return found ?? (code === 'TRANSFER_MALFORMED' ? 'protocol' : 'cancelled')
}

/** The reason with this number. */
export function stopOfNumber(number: number): StopReason {
  return (Object.keys(StopReason) as StopReason[]).find((key) => StopReason[key] === number) ?? 'cancelled'
}

/** Why one file or folder was not sent or not stored, or was sent with a remark; by the number on the wire. */
export const FileReason = {
  /** A reason of a later version. */
  other: 0,
  /** The sender may not read it. */
  unreadable: 1,
  /** The file changed while the sender read it. */
  changed: 2,
  /** The file is not there any more. */
  gone: 3,
  /** A device, socket or named pipe. */
  special: 4,
  /** A file with several names: each name is sent as a file of its own. */
  'hard-link': 5,
  /** A link that points outside of the folder. */
  'link-outside': 6,
  /** A name that the receiver's system does not take, or that is not UTF-8. */
  name: 7,
  /** Another file, folder or link is in the way. */
  'in-the-way': 8,
  /** The receiver may not write there. */
  'not-writable': 9,
  /** The same path was announced before. */
  duplicate: 10,
} as const

/** Why one file or folder was not sent or not stored, or was sent with a remark. */
export type FileReason = keyof typeof FileReason

/** The reason with this number. */
export function fileReasonOf(number: number): FileReason {
  return (Object.keys(FileReason) as FileReason[]).find((key) => FileReason[key] === number) ?? 'other'
}

/** Whether a remark is about a file that is missing at the receiver: devices are never sent, and hard links are sent as files. */
export function countsAsFailed(reason: FileReason): boolean {
  return reason !== 'hard-link' && reason !== 'special'
}

/** How a file ended at the receiver, by the number on the wire. */
export const EntryOutcome = {
  /** Written under its name. */
  stored: 0,
  /** A file of the same content was there. */
  same: 1,
  /** An earlier run of this transfer has stored it. */
  already: 2,
  /** Written under another name. */
  renamed: 3,
  /** Written in place of another file. */
  overwritten: 4,
  /** Left out because another file has the name. */
  skipped: 5,
} as const

/** How a file ended at the receiver. */
export type EntryOutcome = keyof typeof EntryOutcome

/** The outcome with this number; numbers not known count as `stored`. */
export function outcomeOf(number: number): EntryOutcome {
  return (Object.keys(EntryOutcome) as EntryOutcome[]).find((key) => EntryOutcome[key] === number) ?? 'stored'
}
