import type { PeerPipe } from '@p2pd/node'
import { FRAMES_PROTOCOL, FramedStream } from '@p2pd/daemon/frames'
import { type PipeByName, pathOf } from './daemon-streams.ts'
import { openTunnel } from './tunnel.ts'

type Datagrams = PeerPipe['datagrams']

/** The daemon is behind when it has not taken so much: datagrams are dropped, as a network does. */
const MAX_UNSENT_BYTES = 262_144

/** The datagrams of a pipe of the daemon, by a connection that is made when they are first used. */
export class DaemonDatagrams implements Datagrams {
  readonly maxBytes: number
  readonly #pipe: PipeByName
  readonly #transport: () => string
  #frames: FramedStream | undefined
  #dropped = 0

  constructor(pipe: PipeByName, maxBytes: number, transport: () => string) {
    this.maxBytes = maxBytes
    this.#pipe = pipe
    this.#transport = transport
  }

  get overUdp(): boolean {
    return this.#transport() === 'udp'
  }

  get dropped(): number {
    return this.#dropped
  }

  send(data: Uint8Array): boolean {
    const frames = this.#open()
    const isSent = frames.writable && frames.writableLength < MAX_UNSENT_BYTES
    if (isSent) frames.write(data)
    else this.#dropped++
    return isSent
  }

  onMessage(listener: (data: Uint8Array) => void): () => void {
    const frames = this.#open()
    frames.on('data', listener)
    return () => void frames.off('data', listener)
  }

  close(): void {
    this.#frames?.destroy()
  }

  #open(): FramedStream {
    const { daemon } = this.#pipe.session
    this.#frames ??= new FramedStream(
      openTunnel(daemon.socket, pathOf(this.#pipe, 'datagrams'), FRAMES_PROTOCOL).then(
        ({ socket }) => socket,
      ),
      { isWhole: true },
    )
    return this.#frames
  }
}
