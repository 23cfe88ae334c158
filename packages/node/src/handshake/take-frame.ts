import { type ByteStream, joinBytes } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'
import { decodeFrameHeader, FRAME_HEADER_LENGTH, MAX_SKIPPED_FRAMES, tooManyFrames } from './frame.ts'

/**
 * Takes the first frame of a type off a stream as it arrives; readers of the stream see the bytes after the frame. Call it
 * before the first byte arrives. Frames of other types before it are left out. Rejects with `NODE_BAD_MESSAGE` when a
 * frame is too long or when 16 others come before it, and with `NODE_CLOSED` when the stream ends before.
 *
 * The application gets the stream at once, and Node.js shows each chunk to all listeners. So no reader could keep the
 * frame from the others: it is held back where the source of the stream pushes it.
 */
export function takeFrame(stream: ByteStream, type: number): Promise<Uint8Array> {
  const taker = new FrameTaker(type)
  const push = stream.push.bind(stream)
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      stream.push = push
      stream.off('close', closed)
      settle()
    }
    const closed = () => finish(() => reject(new NodeError('NODE_CLOSED', 'the peer closed the connection')))
    stream.on('close', closed)
    stream.push = (chunk: Uint8Array | null) => {
      if (chunk === null) {
        closed()
        return push(null)
      }
      try {
        const taken = taker.take(chunk)
        if (taken !== undefined) finish(() => resolve(taken.body))
        // An empty chunk ends the read under way, so that the source goes on.
        return push(taken?.rest ?? new Uint8Array())
      } catch (error) {
        finish(() => reject(error as Error))
        return false
      }
    }
    // Sources that wait to be asked are asked.
    stream.read(0)
  })
}

/** Finds the first frame of a type in bytes that come in pieces. */
class FrameTaker {
  readonly #type: number
  #bytes: Uint8Array = new Uint8Array()
  #skipped = 0

  constructor(type: number) {
    this.#type = type
  }

  /** The frame's body and what follows it, once it is complete. */
  take(chunk: Uint8Array): { readonly body: Uint8Array; readonly rest: Uint8Array } | undefined {
    this.#bytes = joinBytes(this.#bytes, chunk)
    while (this.#bytes.length >= FRAME_HEADER_LENGTH) {
      const { type, length } = decodeFrameHeader(this.#bytes)
      const end = FRAME_HEADER_LENGTH + length
      if (this.#bytes.length < end) return undefined
      const [body, rest] = [this.#bytes.slice(FRAME_HEADER_LENGTH, end), this.#bytes.subarray(end)]
      if (type === this.#type) return { body, rest }
      if (++this.#skipped > MAX_SKIPPED_FRAMES) throw tooManyFrames()
      this.#bytes = rest
    }
    return undefined
  }
}
