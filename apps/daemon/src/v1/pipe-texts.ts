import type { HeldPipe } from '../pipes/held-pipe.ts'

/** Fields of a pipe at one time, those of them that change. */
type State = readonly unknown[]

/**
 * The JSON of pipes, made anew only for those that have changed. A list of fifty has 50 kB, and the page and the monitoring of
 * a host ask for it again and again.
 */
export class PipeTexts {
  readonly #texts = new WeakMap<HeldPipe, { readonly state: State; readonly text: string }>()

  /** The JSON of a pipe, which `serialize` makes. */
  get(held: HeldPipe, serialize: (held: HeldPipe) => string): string {
    const state = stateOf(held)
    const known = this.#texts.get(held)
    if (known?.state.every((value, at) => value === state[at])) return known.text
    const text = serialize(held)
    this.#texts.set(held, { state, text })
    return text
  }
}

function stateOf({ pipe, bytes, inbox, moves, isJoined }: HeldPipe): State {
  const { strategy, local, remote, rttMs, report } = pipe.connection
  const path = [strategy, local.ip, local.port, remote.ip, remote.port, rttMs, moves.isSuspended]
  const lists = [report.length, report.at(-1), moves.list().at(-1)]
  return [...path, ...lists, bytes.sent, bytes.received, inbox.unread, inbox.dropped, isJoined]
}
