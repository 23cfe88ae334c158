import type { PeerPipe } from '@p2pd/node'
import { FRAMES_PROTOCOL, FramedStream } from '@p2pd/daemon/frames'
import type { DaemonSession } from './daemon-session.ts'
import { openTunnel } from './tunnel.ts'

type Stream = ReturnType<PeerPipe['openStream']>

/** A pipe of the daemon, by its name. */
export interface PipeByName {
  readonly session: DaemonSession
  readonly name: string
}

/** The path of something at a pipe. */
export function pathOf({ name }: Pick<PipeByName, 'name'>, part: string): string {
  return `/v1/pipes/${encodeURIComponent(name)}/${part}`
}

/** Opens a stream beside a pipe. It is there at once, and is connected behind. */
export function openStream(pipe: PipeByName, service = ''): Stream {
  return new DaemonStream(pipe, `streams?service=${encodeURIComponent(service)}`, { id: Number.NaN, service })
}

/** A stream that the peer has opened. */
export function takeStream(pipe: PipeByName, id: string, service: string): Stream {
  return new DaemonStream(pipe, `streams/${id}`, { id: Number(id), service })
}

/** A stream beside a pipe of the daemon. */
class DaemonStream extends FramedStream {
  readonly service: string
  readonly #pipe: PipeByName
  readonly #state: { id: number }

  constructor(pipe: PipeByName, part: string, { id, service }: { id: number; service: string }) {
    const state = { id }
    const opening = openTunnel(pipe.session.daemon.socket, pathOf(pipe, part), FRAMES_PROTOCOL)
    super(
      opening.then(({ socket, headers }) => {
        state.id = Number(headers['p2pd-stream'])
        return socket
      }),
    )
    this.service = service
    this.#pipe = pipe
    this.#state = state
  }

  /** The number that the peer has, too; none before the stream is connected. */
  get id(): number {
    return this.#state.id
  }

  /** Aborts both directions. The daemon may have stopped to read, and so it is asked as well. */
  reset(): void {
    const { session, name } = this.#pipe
    this.destroy()
    if (Number.isNaN(this.id)) return
    const path = { name, id: String(this.id) }
    void session.daemon.client.request('delete /v1/pipes/{name}/streams/{id}', { path }).catch(() => {}) // It is gone.
  }
}
