import type { PeerPipe } from '@p2pd/node'
import type { FramedStream } from './framed-stream.ts'

/** A client that holds more unread is behind: datagrams are dropped, as a network does. */
const MAX_UNREAD_BYTES = 262_144

/** Passes the datagrams of a pipe on, each as a frame, until either of the two ends. */
export function carryDatagrams({ datagrams, onClose }: DatagramPipe, frames: FramedStream): void {
  const stop = datagrams.onMessage((data) => {
    if (frames.writable && frames.writableLength < MAX_UNREAD_BYTES) frames.write(data)
  })
  frames.on('data', (data: Uint8Array) => {
    if (data.length <= datagrams.maxBytes) datagrams.send(data)
  })
  frames.on('end', () => frames.end())
  frames.once('close', stop)
  onClose(() => frames.destroy())
}

/** The parts of a pipe that its datagrams need. */
interface DatagramPipe {
  readonly datagrams: PeerPipe['datagrams']
  readonly onClose: (listener: () => void) => void
}
