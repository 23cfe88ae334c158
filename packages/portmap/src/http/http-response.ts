import { joinBytes } from '@p2pd/netif'
import { PortmapError } from '../portmap-error.ts'
import { ChunkedBody } from './chunked-body.ts'

/** An answer, read to its end. */
export interface HttpResponse {
  readonly status: number
  /** Field names in lower case. */
  readonly fields: ReadonlyMap<string, string>
  readonly body: Uint8Array
}

/** Some gateways' descriptions are longer than 16 KiB; none is near this. */
export const MAX_BODY_BYTES = 1024 * 1024
const MAX_HEAD_BYTES = 16 * 1024
const LF = 10

interface Head {
  readonly status: number
  readonly fields: ReadonlyMap<string, string>
  readonly chunked?: ChunkedBody
  readonly length?: number
}

/**
 * Reads one answer from the pieces that a connection brings. The body has a Content-Length, is chunked, or ends with the
 * connection. Lines may end in LF alone, and an interim answer (100) is skipped. Throws `PORTMAP_MALFORMED` or
 * `PORTMAP_TOO_LARGE`. RFC 9112 §4 to §7.
 */
export class HttpResponseReader {
  #pending: Uint8Array = new Uint8Array(0)
  #head: Head | undefined
  readonly #body: Uint8Array[] = []
  #bodyBytes = 0

  /** Takes the next bytes; the answer when they complete it. */
  push(bytes: Uint8Array): HttpResponse | undefined {
    if (this.#head !== undefined) return this.#readBody(this.#head, bytes)
    this.#pending = joinBytes(this.#pending, bytes)
    const end = headEnd(this.#pending)
    if ((end ?? this.#pending.length) > MAX_HEAD_BYTES)
      throw tooLarge('the head of an answer', MAX_HEAD_BYTES)
    if (end === undefined) return undefined
    const head = parseHead(this.#pending.subarray(0, end))
    const rest = this.#pending.subarray(end)
    this.#pending = new Uint8Array(0)
    if (head.status >= 100 && head.status < 200) return this.push(rest)
    this.#head = head
    return this.#readBody(head, rest)
  }

  /** The answer that the end of the connection completes. A body shorter than announced counts: routers miscount. */
  end(): HttpResponse {
    if (this.#head === undefined)
      throw new PortmapError('PORTMAP_MALFORMED', 'the connection ended before the head')
    return this.#done(this.#head)
  }

  #readBody(head: Head, bytes: Uint8Array): HttpResponse | undefined {
    const { chunked, length } = head
    const room = length === undefined ? bytes.length : Math.min(bytes.length, length - this.#bodyBytes)
    const data = chunked === undefined ? [bytes.subarray(0, room)] : chunked.push(bytes)
    for (const piece of data) {
      this.#bodyBytes += piece.length
      this.#body.push(piece)
    }
    if (this.#bodyBytes > MAX_BODY_BYTES) throw tooLarge('an answer', MAX_BODY_BYTES)
    const complete = chunked?.ended ?? (length !== undefined && this.#bodyBytes === length)
    return complete ? this.#done(head) : undefined
  }

  #done({ status, fields }: Head): HttpResponse {
    return { status, fields, body: concat(this.#body) }
  }
}

/** The index behind the empty line, or undefined when it has not come yet. */
function headEnd(bytes: Uint8Array): number | undefined {
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    const next = bytes[at + 1] === 13 ? at + 2 : at + 1
    if (bytes[next] === LF) return next + 1
  }
  return undefined
}

function parseHead(bytes: Uint8Array): Head {
  const [statusLine = '', ...lines] = new TextDecoder('latin1').decode(bytes).split(/\r?\n/)
  const status = Number(/^HTTP\/1\.\d (\d{3})(?: |$)/.exec(statusLine)?.[1])
  if (Number.isNaN(status)) {
    throw new PortmapError(
      'PORTMAP_MALFORMED',
      `not an HTTP answer: ${JSON.stringify(statusLine.slice(0, 80))}`,
    )
  }
  const fields = parseFields(lines)
  if (/\bchunked\b/i.test(fields.get('transfer-encoding') ?? '')) {
    return { status, fields, chunked: new ChunkedBody(MAX_BODY_BYTES) }
  }
  if (status === 204 || status === 304) return { status, fields, length: 0 }
  const length = fields.get('content-length')
  if (length === undefined || !/^\d{1,15}$/.test(length)) return { status, fields }
  if (Number(length) > MAX_BODY_BYTES) throw tooLarge('an answer', MAX_BODY_BYTES)
  return { status, fields, length: Number(length) }
}

/** Header fields as HTTP and SSDP have them: names in lower case, the first of a name counts. RFC 9112 §5. */
export function parseFields(lines: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const name = line.slice(0, colon).trim().toLowerCase()
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}

/** The pieces in one. An answer in chunks of a byte has more pieces than a call has arguments, as `joinBytes` needs. */
function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

function tooLarge(what: string, limit: number): PortmapError {
  return new PortmapError('PORTMAP_TOO_LARGE', `${what} is longer than ${limit} bytes`)
}
