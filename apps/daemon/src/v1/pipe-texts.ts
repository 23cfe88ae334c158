import type { HeldPipe } from '../pipes/held-pipe.ts'

/** Fields of a pipe at one time, those of them that change. */
type State = readonly unknown[]

const [START, COMMA, END] = ['{"items":[', ',', ']}'].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
]

/**
 * The JSON of pipes, made anew only for those that have changed. A list of fifty has 50 kB, and the page and the monitoring of
 * a host ask for it again and again. Bytes are kept, because a long string is encoded for each answer.
 */
export class PipeTexts {
  readonly #texts = new WeakMap<HeldPipe, { readonly state: State; readonly text: Buffer }>()
  #last: { readonly items: readonly Buffer[]; readonly whole: Buffer } = { items: [], whole: whole([]) }

  /** The JSON of a list of pipes; `serialize` makes that of one. */
  list(pipes: readonly HeldPipe[], serialize: (held: HeldPipe) => string): Buffer {
    const items = pipes.map((held) => this.#text(held, serialize))
    const before = this.#last.items
    const isSame = items.length === before.length && items.every((item, at) => item === before[at])
    if (!isSame) this.#last = { items, whole: whole(items) }
    return this.#last.whole
  }

  #text(held: HeldPipe, serialize: (held: HeldPipe) => string): Buffer {
    const state = stateOf(held)
    const known = this.#texts.get(held)
    if (known?.state.every((value, at) => value === state[at])) return known.text
    const text = Buffer.from(serialize(held))
    this.#texts.set(held, { state, text })
    return text
  }
}

function whole(items: readonly Buffer[]): Buffer {
  return Buffer.concat([START, ...items.flatMap((item, at) => (at === 0 ? [item] : [COMMA, item])), END])
}

function stateOf({ pipe, traffic, inbox, moves, isJoined }: HeldPipe): State {
  const { strategy, transport, local, remote, rttMs, report } = pipe.connection
  const path = [strategy, transport, local.ip, local.port, remote.ip, remote.port, rttMs, moves.isSuspended]
  const lists = [report.length, report.at(-1), moves.list().at(-1)]
  return [...path, ...lists, traffic.sent, traffic.received, inbox.unread, inbox.dropped, isJoined]
}
