/**
 * Connects any two programs directly: give it a peer's id, get back an encrypted pipe.
 *
 * This package is the whole library under one name, on Node.js, and ships the `p2pd` command. Each part is
 * also a package of its own, for those who need no more than that.
 *
 * ```ts
 * import { startNode } from 'p2pd'
 *
 * const node = await startNode()
 * node.onPipe((pipe) => pipe.onMessage((data) => pipe.send(data)))
 * const pipe = await node.connect('self')
 * await pipe.send('hello')
 * const { data } = await pipe.recv({ timeoutMs: 1000 })
 * await node.close()
 * ```
 *
 * @packageDocumentation
 */
export type { Infra, InfraOptions } from '@p2pd/infra'
export { startInfra } from './start-infra.ts'
export { discoverNat, type NatReport, netcheck, predict } from '@p2pd/nat'
export { punchable } from '@p2pd/punch'
export type { Interface, TransportAddress } from '@p2pd/netif'
export { NetifError } from '@p2pd/netif'
export { loadInterfaces, resolve } from '@p2pd/netif/node'
export type { CallOptions, Connection, Node, PeerPipe, ReportLine, Servers, StrategyName } from '@p2pd/node'
export { EchoProtocol, NodeError } from '@p2pd/node'
export { createIdentity, loadIdentity, loadServers, type StartOptions, startNode } from '@p2pd/node/node'
export type { Message, Pipe, RecvOptions, Subscription } from '@p2pd/pipe'
export { PipeError } from '@p2pd/pipe'
export { listen, openPipe, startDaemon } from '@p2pd/pipe/node'
