import { Duplex } from 'node:stream'
import type { DatagramEnd, DatagramStream } from '../datagrams/datagram-pipe.ts'
import { toPipeError } from '../pipe-error.ts'

/** Makes a Duplex of datagrams: each chunk read and each chunk written is one. */
export const datagramStream: DatagramStream = (end) =>
  new Duplex({
    // Chunks of bytes would be run together.
    readableObjectMode: true,
    allowHalfOpen: false,
    read() {
      void pull(this, end)
    },
    write(chunk: Uint8Array, _encoding, done) {
      void settle(end.send(chunk), done)
    },
    destroy(error, done) {
      void settle(end.close(), (failure) => done(error ?? failure))
    },
  })

/** Moves one datagram; Node asks again when there is room. */
async function pull(stream: Duplex, end: DatagramEnd): Promise<void> {
  try {
    const { data } = await end.recv()
    stream.push(data)
  } catch (error) {
    // The end of the pipe is the end of the stream.
    if (toPipeError(error, 'read').code === 'PIPE_CLOSED') stream.push(null)
    else stream.destroy(error as Error)
  }
}

async function settle(work: Promise<void>, done: (error: Error | null) => void): Promise<void> {
  const failure = await work.then(
    () => null,
    (error: Error) => error,
  )
  done(failure)
}
