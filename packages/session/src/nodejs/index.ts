export { systemHmac } from './hmac.ts'
export { type OpenSessionOptions, Session } from './session.ts'
export { SessionStream } from './session-stream.ts'
export type { Datagrams } from './session-datagrams.ts'
