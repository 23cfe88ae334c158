export { hmacSha1, hmacSha256, type LongTermCredentials, longTermKey } from './credentials.ts'
export { type TlsDialerOptions, tlsDialer } from './tls-dialer.ts'
