import type { Event } from './generated/api.ts'

/** An event of the daemon; its other fields depend on `type`. */
export type DaemonEvent = Event & { readonly [field: string]: unknown }

/** An event of a stream: the fields `id`, `event` and `data`. */
export interface StreamEvent {
  readonly id: string | undefined
  readonly type: string
  readonly data: string
}

/** An event with more characters than this is not one of the daemon's. */
const MAX_EVENT_CHARACTERS = 4 * 1024 * 1024

/** Takes text in pieces of any size and gives the events that are complete. WHATWG HTML §9.2.6. */
export class EventStreamDecoder {
  #text = ''

  /** Throws a `RangeError` when an event grows beyond all bounds. */
  push(piece: string): StreamEvent[] {
    const text = this.#text + piece
    // A line feed may follow in the next piece.
    const end = text.endsWith('\r') ? text.length - 1 : text.length
    const blocks = text.slice(0, end).replace(/\r\n?/g, '\n').split('\n\n')
    this.#text = (blocks.pop() ?? '') + text.slice(end)
    if (this.#text.length > MAX_EVENT_CHARACTERS) throw new RangeError('an event has more than 4 MiB')
    return blocks.flatMap(decodeBlock)
  }
}

/** A block without data is a comment, which keeps the connection alive. */
function decodeBlock(block: string): StreamEvent[] {
  const data: string[] = []
  let id: string | undefined
  let type = 'message'
  for (const line of block.split('\n')) {
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? []
    if (field === 'data') data.push(value)
    if (field === 'event') type = value
    if (field === 'id') id = value
  }
  return data.length === 0 ? [] : [{ id, type, data: data.join('\n') }]
}
