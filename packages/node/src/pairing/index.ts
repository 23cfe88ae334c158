/** Pairing by a short code: the machines of both sides, and their run over a broker. */
export { completeCode, drawCode, formatCode, isCode, type PairingCode, parseCode } from './code.ts'
export { GuessingSide } from './guessing-side.ts'
export type { Introduction } from './introduction.ts'
export type { Sealing } from './pairing-keys.ts'
export type { PairingMachine, PairingOutput, PairingSide } from './pairing-machine.ts'
export { type PairingBroker, type PairingRun, runPairing } from './run-pairing.ts'
export { WaitingSide } from './waiting-side.ts'
