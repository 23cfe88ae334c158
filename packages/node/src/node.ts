import type { Interface } from '@p2pd/netif'
import type { CallOptions } from './calls/call.ts'
import type { Counter } from './report/counters.ts'
import type { Identity } from './identity/identity.ts'
import type { PeerPipe } from './pipes/peer-pipe.ts'
import type { ReportLine } from './report/report.ts'
import type { ResolveName } from './naming/resolve-name.ts'
import { RunningNode } from './running-node.ts'
import type { Runtime } from './runtime/runtime.ts'
import type { Signal } from './signalling/signal.ts'

/** A running node: reachable by its id, and able to reach others by theirs. */
export interface Node {
  readonly id: string
  /** Where the node can be reached now, signed. LAN addresses are in it only when the node publishes them. */
  address(): Promise<string>
  /** Resolves when the node can be called by its id; `NODE_NO_BROKER` says which broker has which fault. */
  ready(): Promise<void>
  /** Listens for incoming pipes; returns what stops it. A pipe that nobody listens for is closed. */
  onPipe(listener: (pipe: PeerPipe) => void): () => void
  /** Listens for everything that happens; returns what stops it. */
  onEvent(listener: (event: NodeEvent) => void): () => void
  /** Connects to a node id, an address, a contact, a domain or `self`. Fails with a `NodeError` that carries the report. */
  connect(target: string, options?: CallOptions): Promise<PeerPipe>
  /** What has happened since the start, for metrics. */
  counters(): readonly Counter[]
  /** Ends every pipe, call and listener. */
  close(): Promise<void>
}

/** What happens at a node. */
export type NodeEvent =
  | { readonly type: 'pipe'; readonly pipe: PeerPipe }
  | { readonly type: 'network-changed'; readonly interfaces: readonly Interface[] }
  | { readonly type: 'broker-up' | 'broker-down'; readonly url: string; readonly reason?: string }
  /** A call of this node has ended, well or not. */
  | { readonly type: 'report'; readonly peer: string; readonly report: readonly ReportLine[] }

/** What a node is made of and how it behaves. */
export interface NodeOptions {
  readonly identity: Identity
  readonly runtime: Runtime
  /** Without signalling only addresses can be called. @default undefined */
  readonly signal?: Signal | undefined
  /** `stun:` URIs (RFC 7064): without any nothing is punched. @default none */
  readonly stun?: readonly string[] | undefined
  /** TCP port; 0 lets the system choose. @default 0 */
  readonly port?: number | undefined
  /** Serves incoming pipes with the echo protocol. @default false */
  readonly echo?: boolean | undefined
  /** Puts private addresses into `address()`, not only global ones. @default true */
  readonly publishLan?: boolean | undefined
  /** Looks up contacts and domains. @default nothing does: ids and addresses alone can be called */
  readonly names?: ResolveName | undefined
}

/** Starts a node on the given runtime. */
export async function createNode(options: NodeOptions): Promise<Node> {
  const node = new RunningNode(options)
  await node.listen()
  return node
}
