import { isIP } from 'node:net'
import { connect, createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import { PipeError } from '../pipe-error.ts'
import type { SecureStream, TlsOptions } from '../streams/secure-stream.ts'

/** Parsing keys takes longer than a handshake's arithmetic: once for each options object. */
const contexts = new WeakMap<TlsOptions, SecureContext>()

/** Runs TLS over a stream with `node:tls`, version 1.2 at least. Rejects with `PIPE_TLS`. RFC 8446, RFC 9325 §3.1.1. */
export const tlsStream: SecureStream = (stream, role, options, signal) =>
  new Promise((resolve, reject) => {
    const secured = role === 'server' ? server(stream, options) : client(stream, options)
    const ready = role === 'server' ? 'secure' : 'secureConnect'
    const settle = () => {
      secured.off('error', fail)
      secured.off('close', end)
      signal?.removeEventListener('abort', abort)
    }
    const fail = (error: unknown) => {
      settle()
      // A late error must not end the process: nobody has the stream.
      secured.on('error', () => {})
      secured.destroy()
      const reason = error instanceof Error ? error.message : String(error)
      reject(new PipeError('PIPE_TLS', `no agreement on TLS: ${reason}`, { cause: error }))
    }
    const end = () => fail(new Error('the peer closed the connection'))
    const abort = () => fail(signal?.reason)
    secured.on('error', fail)
    secured.on('close', end)
    signal?.addEventListener('abort', abort)
    secured.once(ready, () => {
      settle()
      resolve(secured)
    })
    if (signal?.aborted) abort()
  })

type Stream = Parameters<SecureStream>[0]

function client(stream: Stream, options: TlsOptions): TLSSocket {
  const { serverName, verify = true, alpn } = options
  return connect({
    socket: stream,
    secureContext: contextOf(options),
    rejectUnauthorized: verify,
    // An address is compared with the certificate but never sent as SNI. RFC 6066 §3.
    ...(serverName !== undefined && isIP(serverName) === 0 && { servername: serverName }),
    ...(serverName !== undefined && { host: serverName }),
    ...(alpn && { ALPNProtocols: [...alpn] }),
  })
}

function server(stream: Stream, options: TlsOptions): TLSSocket {
  const { alpn } = options
  return new TLSSocket(stream, {
    isServer: true,
    secureContext: contextOf(options),
    ...(alpn && { ALPNProtocols: [...alpn] }),
  })
}

function contextOf(options: TlsOptions): SecureContext {
  const known = contexts.get(options)
  if (known !== undefined) return known
  const { key, cert, ca } = options
  const context = createSecureContext({
    minVersion: 'TLSv1.2',
    ...(key !== undefined && { key: Buffer.from(key) }),
    ...(cert !== undefined && { cert: Buffer.from(cert) }),
    ...(ca !== undefined && { ca: Buffer.from(ca) }),
  })
  contexts.set(options, context)
  return context
}
