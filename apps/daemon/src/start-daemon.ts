import { within } from '@p2pd/netif'
import { loadInterfaces, systemClock } from '@p2pd/netif/node'
import { type Node, NodeError } from '@p2pd/node'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createServer as createNetServer, type Server, type Socket } from 'node:net'
import { createActivities } from './activities.ts'
import type { ServiceAdmission } from './admission/service-admission.ts'
import { Clients } from './clients/clients.ts'
import { RAW, Takers } from './clients/takers.ts'
import { createApp } from './create-app.ts'
import type { DaemonContext } from './daemon-context.ts'
import { DaemonError } from './daemon-error.ts'
import { serveFrames } from './frames/serve-frames.ts'
import { isLoopbackName } from './guard/host-name.ts'
import { loadToken, tokenCheck } from './guard/token-file.ts'
import { checkNoDaemon } from './listening/holder.ts'
import { listenTcp } from './listening/listen-tcp.ts'
import { listenUnix } from './listening/listen-unix.ts'
import { serveEcho } from './pipes/echo.ts'
import { HeldPipes } from './pipes/held-pipes.ts'
import { serveWebSockets } from './sockets/serve-web-sockets.ts'
import { serveTunnels } from './tunnel/serve-tunnels.ts'
import { markConnection } from './tunnel/mark-connection.ts'
import { WatchedNode } from './v1/watched-node.ts'
import { VERSION } from './version.ts'

/** The port of P2PD's REST API. */
const DEFAULT_PORT = 12_333
const MAX_CONNECTIONS = 2048
/** How long answers that are on their way may take once the daemon is being closed. */
const DRAIN_MS = 1000
/** How long the node may take to say goodbye. */
const NODE_MS = 3000

/** How a daemon is started. */
export interface DaemonOptions {
  /** The node that the daemon serves; the daemon closes it. */
  readonly node: Node
  /** TCP port; 0 lets the system choose. @default 12333 */
  readonly port?: number
  /** Address to listen on; one beyond loopback needs `requireToken`. @default '127.0.0.1' */
  readonly host?: string
  /** Names that requests may use for this host, beside the loopback names. @default none */
  readonly allowedHosts?: readonly string[]
  /** The file of the token, which is made when it is missing; every request over TCP then needs it. @default no token */
  readonly tokenFile?: string
  /** The Unix socket for commands of the same user, who needs no token there. @default none */
  readonly socket?: string
  /** The contacts that `/v1/contacts` reads and changes. @default the user's own file */
  readonly contactsFile?: string
  /** Give its `admit` to the node: clients then say who may use a service. @default the node decides by itself */
  readonly admission?: ServiceAdmission
  /** URLs of the brokers for pairings. @default those of the node */
  readonly brokers?: () => readonly string[]
  /** The folder for files of peers that are accepted without naming another. @default Downloads in the user's home */
  readonly downloads?: string
  /** Keeps unfinished transfers, so that the daemon goes on with them after a crash. @default they end with the daemon */
  readonly journalFile?: string
  /** The folder of the page at `/`. @default the one that comes with the package */
  readonly page?: string
  readonly log?: (event: string, fields: object) => void
}

/** A daemon at work. */
export interface Daemon {
  readonly url: string
  /** Ends within 5 s: pipes, connections, then the node. */
  close(): Promise<void>
}

/**
 * Starts the REST API of a node. Fails with `DAEMON_LISTEN`, `DAEMON_RUNNING`, `DAEMON_SOCKET`, `DAEMON_NO_TOKEN` or
 * `DAEMON_TOKEN_FILE`; the node is then left open.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { node, host = '127.0.0.1', port = DEFAULT_PORT, socket, log = () => {} } = options
  checkReach(options)
  if (socket !== undefined) await checkNoDaemon(socket)
  const token = options.tokenFile === undefined ? undefined : await loadToken(options.tokenFile)
  const isOverUnix = new WeakSet<object>()
  let url = ''
  const context = contextOf(options, {
    token,
    url: () => url,
    trusts: (connection) => isOverUnix.has(connection as object),
  })
  const { pipes } = context
  const watched = new WatchedNode(context)
  const activities = createActivities(context, watched.events)
  const app = await createApp(context, { watched, activities })
  const webSockets = serveWebSockets(context, watched.events)
  serveTunnels(
    app.server,
    context,
    (...upgrade) => serveFrames(context, ...upgrade) || webSockets.upgrade(...upgrade),
  )
  const front = frontServer((connection) => app.server.emit('connection', connection))
  const local = frontServer((connection) => {
    isOverUnix.add(connection)
    app.server.emit('connection', connection)
  })
  const stopAccepting = node.onPipe((pipe) => {
    const taker = context.takers.of(RAW)
    const held = pipes.accept(pipe, taker)
    if (held !== undefined && taker === undefined)
      serveEcho(held).catch((error: Error) => log('echo-ended', { reason: error.message }))
  })
  const stop = async () => {
    stopAccepting()
    front.stop()
    local.stop()
    webSockets.close()
    await within(systemClock, Promise.all([pipes.closeAll(), activities.closeAll()]), DRAIN_MS)
    await within(systemClock, app.close(), DRAIN_MS)
    front.destroy()
    local.destroy()
  }
  try {
    const bound = await listenTcp(front.server, { host, port })
    if (socket !== undefined) await listenUnix(local.server, socket)
    url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
    const close = async () => {
      await stop()
      await within(systemClock, node.close(), NODE_MS)
    }
    activities.transfers.resume()
    let closed: Promise<void> | undefined
    return { url, close: () => (closed ??= close()) }
  } catch (error) {
    await stop()
    throw error
  }
}

function contextOf(
  options: DaemonOptions,
  { token, ...parts }: Pick<DaemonContext, 'url' | 'trusts'> & { readonly token: string | undefined },
): DaemonContext {
  const {
    node,
    host = '127.0.0.1',
    allowedHosts = [],
    contactsFile,
    page,
    admission,
    log = () => {},
  } = options
  const clients = new Clients()
  return {
    ...parts,
    node,
    clients,
    pipes: new HeldPipes(clients),
    takers: new Takers(clients),
    version: VERSION,
    contactsFile,
    page,
    admission,
    downloads: () => options.downloads ?? defaultDownloads(),
    journalFile: options.journalFile,
    brokers: options.brokers ?? (() => node.brokers().map(({ url }) => url)),
    interfaces: loadInterfaces,
    log,
    guard: {
      allowedHosts: allowedHosts.concat(host).map((name) => name.toLowerCase()),
      needsToken: token !== undefined,
      isToken: token === undefined ? () => false : tokenCheck(token),
    },
  }
}

/** Looked for when a file is accepted: a daemon in a container may run as a user who has no home folder. */
function defaultDownloads(): string {
  try {
    return join(homedir(), 'Downloads')
  } catch (cause) {
    throw new NodeError('NODE_NO_HOME', 'this user has no home folder: name the folder', { cause })
  }
}

/** Loopback may be open to every program of this host; anything beyond may not. */
function checkReach({ host = '127.0.0.1', tokenFile }: DaemonOptions): void {
  if (isLoopbackName(host.toLowerCase()) || tokenFile !== undefined) return
  throw new DaemonError(
    'DAEMON_NO_TOKEN',
    `${host} can be reached from elsewhere: start with --require-token`,
  )
}

/** Accepts connections and looks at their first request. */
function frontServer(serve: (connection: Socket) => void): { server: Server; stop(): void; destroy(): void } {
  const connections = new Set<Socket>()
  const server = createNetServer({ allowHalfOpen: true, noDelay: true }, (connection) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
    markConnection(connection, serve)
  })
  server.maxConnections = MAX_CONNECTIONS
  return {
    server,
    stop: () => void server.close(() => {}),
    destroy: () => {
      for (const connection of connections) connection.destroy()
    },
  }
}
