/**
 * Files and folders of this machine over byte streams, on Node.
 */
export type { DecideConflict } from './folder/file-store.ts'
export { receiveFiles } from './receive-files.ts'
export type { Consent, ReceiveOptions, Refusal } from './receive-options.ts'
export { sendFiles, type SendFilesOptions } from './send-files.ts'
export type { StreamSource } from './sources/walk.ts'
