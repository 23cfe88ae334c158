import { TextDecoder } from 'node:util'

/** A piece of a byte stream as fields of a JSON object. */
export interface ReceivedBytes {
  /** Base64. */
  readonly data: string
  /** The characters that this piece completes; missing as soon as the stream is not UTF-8. */
  readonly text?: string
  readonly bytes: number
}

/** Turns the pieces of one byte stream into fields; a character that two pieces share belongs to the second one. */
export class ByteFields {
  #decoder: TextDecoder | undefined = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  next(piece: Uint8Array): ReceivedBytes {
    const text = this.#decode(piece)
    const data = Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('base64')
    return { data, ...(text !== undefined && { text }), bytes: piece.length }
  }

  #decode(piece: Uint8Array): string | undefined {
    try {
      return this.#decoder?.decode(piece, { stream: true })
    } catch {
      // Not UTF-8, so neither is what follows: a later piece that looks like it is part of something else.
      this.#decoder = undefined
      return undefined
    }
  }
}
