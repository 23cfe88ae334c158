import { PortmapError } from '../portmap-error.ts'

/** A size in hexadecimal, extensions, CR LF: more than that is an attack. RFC 9112 §7.1. */
const MAX_LINE_BYTES = 256
/** Trailer fields are read and dropped. RFC 9112 §7.1.2. */
const MAX_TRAILER_LINES = 64
const LF = 10

type State =
  | { readonly at: 'size' | 'data-end' | 'trailer' | 'ended' }
  | { readonly at: 'data'; readonly left: number }

/** Takes the chunked coding off a body, piece by piece. RFC 9112 §7.1. */
export class ChunkedBody {
  readonly #maxBytes: number
  #state: State = { at: 'size' }
  #line = ''
  #trailers = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Whether the last chunk and the trailer have come. */
  get ended(): boolean {
    return this.#state.at === 'ended'
  }

  /** The data in the next bytes; what follows the end is dropped. */
  push(bytes: Uint8Array): Uint8Array[] {
    const data: Uint8Array[] = []
    let at = 0
    while (at < bytes.length && this.#state.at !== 'ended') {
      if (this.#state.at === 'data') {
        const piece = bytes.subarray(at, at + this.#state.left)
        data.push(piece)
        at += piece.length
        const left = this.#state.left - piece.length
        this.#state = left === 0 ? { at: 'data-end' } : { at: 'data', left }
      } else {
        this.#takeLineByte(bytes[at] ?? LF)
        at++
      }
    }
    return data
  }

  #takeLineByte(byte: number): void {
    if (byte !== LF) {
      this.#line += String.fromCharCode(byte)
      if (this.#line.length <= MAX_LINE_BYTES) return
      throw new PortmapError('PORTMAP_MALFORMED', `a chunk line of more than ${MAX_LINE_BYTES} bytes`)
    }
    const line = this.#line.replace(/\r$/, '')
    this.#line = ''
    this.#state = this.#afterLine(line)
  }

  #afterLine(line: string): State {
    if (this.#state.at === 'data-end') return { at: 'size' }
    if (this.#state.at === 'trailer') {
      if (++this.#trailers > MAX_TRAILER_LINES)
        throw new PortmapError('PORTMAP_MALFORMED', 'too many trailer lines')
      return { at: line === '' ? 'ended' : 'trailer' }
    }
    const size = /^\s*([0-9a-f]{1,8})\s*(?:;|$)/i.exec(line)?.[1]
    if (size === undefined) {
      throw new PortmapError('PORTMAP_MALFORMED', `not a chunk size: ${JSON.stringify(line.slice(0, 40))}`)
    }
    const left = Number.parseInt(size, 16)
    if (left > this.#maxBytes) throw new PortmapError('PORTMAP_TOO_LARGE', `a chunk of ${left} bytes`)
    return left === 0 ? { at: 'trailer' } : { at: 'data', left }
  }
}
