/** The code by which two programs pair, and the introductions that they exchange. */
export { completeCode, drawCode, formatCode, isCode, type PairingCode, parseCode } from './code.ts'
export type { Introduction } from './introduction.ts'
