export { systemHmac } from './hmac.ts'
export { type Datagrams, type OpenSessionOptions, Session } from './session.ts'
export { SessionStream } from './session-stream.ts'
