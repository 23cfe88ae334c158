import { ClientError, type DaemonEvent, type Pipe as PipeResource } from '@p2pd/client'
import type { TransportAddress } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'
import type { CallOptions, PathEvent, PeerPipe } from '@p2pd/node'
import { type Pipe, pipeFromStream } from '@p2pd/pipe'
import { randomBytes } from 'node:crypto'
import { asOwnFailure, type UserDaemon } from './find-daemon.ts'
import { openTunnel } from './tunnel.ts'

/** A pipe to a peer, of this process or of the daemon. */
export type CalledPipe = Pipe & Pick<PeerPipe, 'peer' | 'connection' | 'onPathChange'>

type Changing = { -readonly [Key in keyof PeerPipe['connection']]: PeerPipe['connection'][Key] }

/** Calls a peer from the node of the daemon. Fails as `connect` of a node does. */
export async function connectByDaemon(
  daemon: UserDaemon,
  target: string,
  { service, strategies, relay, timeoutMs, signal }: CallOptions,
): Promise<CalledPipe> {
  const name = `cli-${process.pid}-${randomBytes(4).toString('hex')}`
  const body = { target, service, strategies, relay, timeoutMs }
  try {
    const opened = await daemon.client.request('put /v1/pipes/{name}', {
      path: { name },
      body: definedOf(body) as { target: string },
      ...(signal && { signal }),
    })
    return await pipeOf(daemon, opened)
  } catch (error) {
    throw asOwnFailure(error)
  }
}

async function pipeOf(daemon: UserDaemon, opened: PipeResource): Promise<CalledPipe> {
  const { name, peer, strategy, encrypted, elapsedMs, report, rttMs } = opened
  const [local, remote] = [addressOf(opened.local), addressOf(opened.remote)]
  const over = new AbortController()
  const stream = await openTunnel(daemon.socket, name).catch(async (error: unknown) => {
    await closePipe(daemon, name).catch(() => {}) // The first error says why.
    throw error
  })
  const close = async () => {
    over.abort()
    // The daemon takes what is in the tunnel up to its end, and answers when the peer has acknowledged it.
    stream.end()
    await closePipe(daemon, name)
  }
  const pipe = pipeFromStream(stream, { transport: 'session', local, remote, clock: systemClock, close })
  const connection = { strategy, local, remote, rttMs, encrypted, elapsedMs, report } as Changing
  const listeners = new Set<(event: PathEvent) => void>()
  pipe.onClose(() => over.abort())
  void follow(daemon, over.signal, (event) => {
    const change = event['pipe'] === name ? pathEventOf(event) : undefined
    if (change === undefined) return
    if (change.type === 'path')
      Object.assign(connection, { strategy: change.strategy, remote: change.remote })
    for (const listener of listeners) listener(change)
  })
  return Object.assign(pipe, {
    peer,
    connection: connection as PeerPipe['connection'],
    onPathChange: (listener: (event: PathEvent) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  })
}

/** Fails when the peer does not have everything. */
async function closePipe({ client }: UserDaemon, name: string): Promise<void> {
  try {
    await client.request('delete /v1/pipes/{name}', { path: { name } })
  } catch (error) {
    const isGone = error instanceof ClientError && error.problem?.code === 'DAEMON_NO_PIPE'
    if (!isGone) throw asOwnFailure(error)
  }
}

/** Gives the events of the daemon until the signal aborts. */
export async function follow(
  { client }: UserDaemon,
  signal: AbortSignal,
  take: (event: DaemonEvent) => void,
): Promise<void> {
  try {
    for await (const event of client.events({ signal })) take(event)
  } catch {
    // The command has ended, or the daemon has; the pipe reports the second.
  }
}

function pathEventOf({ type, ...fields }: DaemonEvent): PathEvent | undefined {
  if (type === 'suspended' || type === 'resumed') return { type, ...fields } as object as PathEvent
  if (type !== 'path') return undefined
  const [local, remote] = [addressOf(String(fields['local'])), addressOf(String(fields['remote']))]
  return { type, ...fields, local, remote } as object as PathEvent
}

/** `192.0.2.1:80`, `[2001:db8::1]:80`. */
function addressOf(text: string): TransportAddress {
  const at = text.lastIndexOf(':')
  return { ip: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) }
}

/** Fields without a value are not sent. */
function definedOf(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
