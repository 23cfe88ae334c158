/**
 * A reliable ordered stream over a UDP path, and datagrams beside it: the ports, and the code without sockets.
 * `@p2pd/udx/node` has the implementation, on the optional package `udx-native`.
 *
 * `bindUdp` binds a socket for datagrams (STUN, a punch). `openStream` then adds a stream to it, without a round
 * trip and on the same port. The stream has congestion control, back-pressure both ways and half-close. It keeps
 * the NATs' mappings open, and ends when the other end is gone. It is neither encrypted nor authenticated: run TLS
 * over it.
 *
 * @example
 * ```ts
 * import { systemRandom } from '@p2pd/netif/node'
 * import { loadUdx } from '@p2pd/udx/node'
 *
 * const udx = await loadUdx()
 * const bind = () => udx.bindUdp({ local: { ip: '127.0.0.1', port: 0 } })
 * const [alice, bob] = await Promise.all([bind(), bind()])
 * const token = systemRandom(16)
 * const a = await udx.openStream(alice, { remote: bob.local, role: 'client', token })
 * const b = await udx.openStream(bob, { remote: alice.local, role: 'server', token })
 * a.end('hello')
 * b.pipe(b)
 * for await (const chunk of a) console.log(String(chunk))
 * ```
 *
 * RFC 4787 §4.3 (mapping lifetime), RFC 7983 §7 (protocols on one socket), RFC 9000 §4.1 (flow control).
 *
 * @packageDocumentation
 */
export { keepAliveInterval } from './keep-alive.ts'
export { type KeptPath, keepPath } from './keep-path.ts'
export type { StreamRole, Udx, UdxStreamOptions } from './udx.ts'
export { UdxError, type UdxErrorCode } from './udx-error.ts'
