/**
 * The p2pd daemon: one node of the user's behind a REST API, for programs in every language.
 *
 * It answers the paths of P2PD with P2PD's fields and error numbers, so that its clients go on working. It listens on loopback
 * and on a Unix socket; web pages of other sites are refused. It starts no node and knows nothing about NATs:
 * `@p2pd/node` does. The HTTP framework is part of the published files, not a dependency of its users.
 *
 * ```ts
 * import { startDaemon } from '@p2pd/daemon'
 * import { startNode } from '@p2pd/node/node'
 *
 * const daemon = await startDaemon({ node: await startNode(), port: 0 })
 * console.log(await (await fetch(`${daemon.url}/p2p/open/me/self`)).json())
 * await daemon.close()
 * ```
 *
 * RFC 9110 (HTTP), RFC 6750 (bearer tokens).
 *
 * @packageDocumentation
 */
export { ServiceAdmission } from './admission/service-admission.ts'
export { DaemonError, type DaemonErrorCode } from './daemon-error.ts'
export { type DaemonLog, daemonLog, type LogLevel } from './log/daemon-log.ts'
export { checkNoDaemon } from './listening/holder.ts'
export { socketPath } from './listening/socket-path.ts'
export { type Daemon, type DaemonOptions, startDaemon } from './start-daemon.ts'
