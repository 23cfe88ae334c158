import { abortable, type Clock, withDeadline, systemReason } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'
import { NodeError } from '../../node-error.ts'
import type { PeerPipe } from '../../pipes/peer-pipe.ts'
import { type Endpoint, formatEndpoint } from './endpoint.ts'
import { listenLocally, type LocalListener } from './listen-locally.ts'

/** A line on the pipe of a reverse service, as JSON: the answer to the caller, or a question whether it is still there. */
type Line = { readonly listening: string } | { readonly refused: string } | { readonly ping: true }

/** A line is an endpoint and a word; a peer that sends more does not follow the protocol. */
const LONGEST_LINE = 4096
/** The answer to `ping`. Its bytes do not matter. */
const PONG = `${JSON.stringify({ pong: true })}\n`
/** A caller that does not answer within this has lost its connection. */
const PONG_MS = 3000
/** The peer may ask an earlier caller first. */
const ANSWER_MS = 10_000

/** The caller that an endpoint belongs to. */
interface Holder {
  readonly pipe: PeerPipe
  readonly listener: LocalListener
}

/**
 * Listens at one endpoint of this host for as long as an admitted peer wants it; each connection becomes a stream to that
 * peer. One caller has it at a time, and another one is refused. A caller takes the place of an earlier one of the same
 * peer that does not answer any more: its connection was lost.
 */
export class ReverseListener {
  readonly #endpoint: Endpoint
  readonly #clock: Clock
  #holder: Holder | undefined
  /** Callers come one after another: each asks the one before it. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(endpoint: Endpoint, clock: Clock = systemClock) {
    this.#endpoint = endpoint
    this.#clock = clock
  }

  /** Listens for this peer until its pipe has closed. Resolves with the reason when it is refused; the peer has it, too. */
  take(pipe: PeerPipe): Promise<string | undefined> {
    const taken = this.#last.then(() => this.#takeNow(pipe))
    this.#last = taken.catch(() => {}) // Its caller has the error.
    return taken
  }

  async #takeNow(pipe: PeerPipe): Promise<string | undefined> {
    const earlier = this.#holder
    if (earlier !== undefined) {
      if (earlier.pipe.peer !== pipe.peer) return refuse(pipe, 'another peer has it')
      if (await isThere(earlier.pipe, this.#clock))
        return refuse(pipe, 'another `forward -R` of this peer has it')
      this.#free(earlier)
      void earlier.pipe.close().catch(() => {}) // It was lost.
    }
    try {
      const open = () => (pipe.closed ? undefined : pipe.openStream())
      const datagrams = () => pipe.datagrams
      const holder = { pipe, listener: await listenLocally(this.#endpoint, open, { datagrams }) }
      this.#holder = holder
      pipe.onClose(() => this.#free(holder))
      write(pipe, { listening: formatEndpoint(holder.listener.local) })
      return undefined
    } catch (error) {
      return refuse(pipe, reasonOf(error as NodeJS.ErrnoException, formatEndpoint(this.#endpoint)))
    }
  }

  #free(holder: Holder): void {
    holder.listener.close()
    if (this.#holder === holder) this.#holder = undefined
  }
}

/** Whether the caller still answers. */
async function isThere(pipe: PeerPipe, clock: Clock): Promise<boolean> {
  const timedOut = () => new NodeError('NODE_SERVICE', 'the caller does not answer')
  let stop = () => {}
  const answered = new Promise<boolean>((resolve) => {
    const hear = () => resolve(true)
    pipe.stream.on('data', hear)
    const forget = pipe.onClose(() => resolve(false))
    stop = () => {
      pipe.stream.off('data', hear)
      pipe.stream.resume()
      forget()
    }
  })
  try {
    write(pipe, { ping: true })
    return await withDeadline({ clock, timeoutMs: PONG_MS, timedOut }, (late) => abortable(answered, late))
  } catch {
    return false // No answer in time.
  } finally {
    stop()
  }
}

/**
 * Resolves with the endpoint at which the peer listens for this host, and answers the peer's questions from then on. Fails with
 * `NODE_SERVICE`, with the peer's reason.
 */
export function peerListens(pipe: PeerPipe): Promise<string> {
  const failure = (why: string) =>
    new NodeError('NODE_SERVICE', `the peer does not listen at "${pipe.service}": ${why}`)
  const timedOut = () => failure('it does not answer')
  const answered = new Promise<string>((resolve, reject) => {
    const end = (why: string) => reject(failure(why))
    pipe.onClose((error) => end(error?.message ?? 'it has ended the connection'))
    let text = ''
    pipe.stream.on('data', function read(piece: Uint8Array) {
      text += Buffer.from(piece).toString()
      if (!text.includes('\n') && text.length < LONGEST_LINE) return
      const reply = () => pipe.stream.write(PONG)
      pipe.stream.off('data', read).on('data', reply)
      const [line = '', question = ''] = text.split('\n')
      if (question !== '') reply() // It came in one piece with the answer.
      const { listening, refused } = parseLine(line)
      if (typeof listening === 'string') resolve(listening)
      else end(typeof refused === 'string' ? refused : 'its answer is not understood')
    })
  })
  return withDeadline({ clock: systemClock, timeoutMs: ANSWER_MS, timedOut }, (late) =>
    abortable(answered, late),
  )
}

function parseLine(line: string): { listening?: unknown; refused?: unknown } {
  try {
    return (JSON.parse(line) ?? {}) as object
  } catch {
    return {} // It counts as an answer that is not understood.
  }
}

function reasonOf(error: NodeJS.ErrnoException, endpoint: string): string {
  const { code } = error
  if (code === 'EADDRINUSE') return `another program listens at ${endpoint}`
  if (code === 'EACCES') return `its user may not listen at ${endpoint}`
  return systemReason(error)
}

function write(pipe: PeerPipe, line: Line): void {
  pipe.stream.write(`${JSON.stringify(line)}\n`)
}

function refuse(pipe: PeerPipe, refused: string): string {
  write(pipe, { refused })
  void pipe.close().catch(() => {}) // The peer has gone already.
  return refused
}
