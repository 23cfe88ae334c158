import { ClientError, type Pipe as PipeResource } from '@p2pd/client'
import { FRAMES_PROTOCOL, FramedStream } from '@p2pd/daemon/frames'
import type { TransportAddress } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'
import type { CallOptions, PathEvent, PeerPipe } from '@p2pd/node'
import { pipeFromStream } from '@p2pd/pipe'
import { DaemonDatagrams } from './daemon-datagrams.ts'
import type { DaemonSession, OwnEvent } from './daemon-session.ts'
import { openStream, type PipeByName, pathOf, takeStream } from './daemon-streams.ts'
import { asOwnFailure } from './find-daemon.ts'
import { openTunnel } from './tunnel.ts'

type Changing = { -readonly [Key in keyof PeerPipe['connection']]: PeerPipe['connection'][Key] }

/** Calls a peer from the node of the daemon. Fails as `connect` of a node does. */
export async function connectByDaemon(
  session: DaemonSession,
  target: string,
  { service, strategies, relay, timeoutMs, signal }: CallOptions,
): Promise<PeerPipe> {
  const name = session.newPipeName()
  const body = { client: session.id, target, service, strategies, relay, timeoutMs }
  // A path may change before the answer has come.
  const events = new PipeEvents({ session, name })
  try {
    const opened = await session.daemon.client.request('put /v1/pipes/{name}', {
      path: { name },
      body: definedOf(body) as { target: string },
      ...(signal && { signal }),
    })
    return await pipeOf(events, opened)
  } catch (error) {
    events.stop()
    throw asOwnFailure(error)
  }
}

/** Takes a pipe of a caller, which the daemon holds for this command. */
export function takePipe(session: DaemonSession, opened: PipeResource): Promise<PeerPipe> {
  return pipeOf(new PipeEvents({ session, name: opened.name }), opened)
}

async function pipeOf(events: PipeEvents, opened: PipeResource): Promise<PeerPipe> {
  const { pipe: own } = events
  const { session } = own
  const { peer, service, strategy, encrypted, elapsedMs, report, rttMs } = opened
  const transport = opened.transport as PeerPipe['connection']['transport']
  const [local, remote] = [addressOf(opened.local), addressOf(opened.remote)]
  const connection = { strategy, transport, local, remote, rttMs, encrypted, elapsedMs, report } as Changing
  const opening = openTunnel(session.daemon.socket, pathOf(own, 'stream'), FRAMES_PROTOCOL)
  const stream = await opening.then(
    ({ socket }) => new FramedStream(Promise.resolve(socket)),
    async (error: unknown) => {
      await closePipe(own).catch(() => {}) // The first error says why.
      throw error
    },
  )
  const close = async () => {
    events.stop()
    // The daemon takes what is in the tunnel up to its end, and answers when the peer has acknowledged it.
    stream.end()
    await closePipe(own)
  }
  const datagrams = new DaemonDatagrams(own, opened.maxDatagramBytes, () => connection.transport)
  const pipe = pipeFromStream(stream, { transport: 'session', local, remote, clock: systemClock, close })
  pipe.onClose(() => {
    events.stop()
    datagrams.close()
  })
  events.begin(connection)
  return Object.assign(pipe, {
    peer,
    service,
    datagrams,
    connection: connection as PeerPipe['connection'],
    openStream: (wanted?: string) => openStream(own, wanted),
    onStream: (listener: Parameters<PeerPipe['onStream']>[0]) => events.onStream(listener),
    onPathChange: (listener: (event: PathEvent) => void) => events.onPath(listener),
  })
}

/** Fails when the peer does not have everything. */
async function closePipe({ session, name }: PipeByName): Promise<void> {
  try {
    await session.daemon.client.request('delete /v1/pipes/{name}', { path: { name } })
  } catch (error) {
    const isGone = error instanceof ClientError && error.problem?.code === 'DAEMON_NO_PIPE'
    if (!isGone) throw asOwnFailure(error)
  }
}

/** The events of one pipe. Those that come before it is used wait. */
class PipeEvents {
  readonly pipe: PipeByName
  /** Ends the events. */
  readonly stop: () => void
  readonly #paths = new Set<(event: PathEvent) => void>()
  readonly #streams = new Set<Parameters<PeerPipe['onStream']>[0]>()
  #early: OwnEvent[] | undefined = []
  #connection: Changing | undefined

  constructor(pipe: PipeByName) {
    this.pipe = pipe
    this.stop = pipe.session.onEvent((event) => {
      if (event['pipe'] !== pipe.name) return
      if (this.#early === undefined) this.#take(event)
      else this.#early.push(event)
    })
  }

  /** Keeps the connection up to date from now on. Its maker has this turn to add listeners. */
  begin(connection: Changing): void {
    this.#connection = connection
    setImmediate(() => {
      const early = this.#early ?? []
      this.#early = undefined
      for (const event of early) this.#take(event)
    })
  }

  onPath(listener: (event: PathEvent) => void): () => void {
    this.#paths.add(listener)
    return () => void this.#paths.delete(listener)
  }

  onStream(listener: Parameters<PeerPipe['onStream']>[0]): () => void {
    this.#streams.add(listener)
    return () => void this.#streams.delete(listener)
  }

  #take(event: OwnEvent): void {
    if (event.type === 'stream') return this.#takeStream(String(event['stream']), String(event['service']))
    const change = pathEventOf(event)
    if (change === undefined) return
    if (change.type === 'path') {
      const { strategy, local, remote } = change
      Object.assign(this.#connection as object, { strategy, local, remote, transport: event['transport'] })
    }
    for (const listener of [...this.#paths]) listener(change)
  }

  /** Without a listener it is refused, as a node does. */
  #takeStream(id: string, service: string): void {
    const stream = takeStream(this.pipe, id, service)
    if (this.#streams.size === 0) stream.reset(REFUSED)
    for (const listener of this.#streams) listener(stream)
  }
}

/** The code for a stream that nobody takes. Codes below 16 are the protocol's. */
const REFUSED = 16

function pathEventOf({ type, pipe: _, id: __, at: ___, ...fields }: OwnEvent): PathEvent | undefined {
  if (type === 'suspended' || type === 'resumed') return { type, ...fields } as object as PathEvent
  if (type !== 'path') return undefined
  const { strategy, reason } = fields
  const [local, remote] = [addressOf(String(fields['local'])), addressOf(String(fields['remote']))]
  return { type, strategy, local, remote, reason } as object as PathEvent
}

/** `192.0.2.1:80`, `[2001:db8::1]:80`. */
function addressOf(text: string): TransportAddress {
  const at = text.lastIndexOf(':')
  return { ip: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) }
}

/** Fields without a value are not sent. */
export function definedOf(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
