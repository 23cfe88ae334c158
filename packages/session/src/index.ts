export { SessionMachine } from './session-machine.ts'
