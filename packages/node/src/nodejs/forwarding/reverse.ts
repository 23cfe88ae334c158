import { NodeError } from '../../node-error.ts'
import type { PeerPipe } from '../../pipes/peer-pipe.ts'
import { type Endpoint, formatEndpoint } from './endpoint.ts'
import { listenLocally } from './listen-locally.ts'

/** The first line on the pipe of a reverse service, as JSON. */
type Announcement = { readonly listening: string } | { readonly refused: string }

/** A line is an endpoint and a word; a peer that sends more does not follow the protocol. */
const LONGEST_LINE = 4096

/**
 * Listens at one endpoint of this host for as long as an admitted peer wants it; each connection becomes a stream to that
 * peer. One peer has it at a time: another one is refused. The same peer takes its own place, since its earlier
 * pipe may be dead.
 */
export class ReverseListener {
  readonly #endpoint: Endpoint
  #current: { readonly peer: string; readonly pipe: PeerPipe; close(): void } | undefined

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  /** Listens for this peer until its pipe has closed. */
  async take(pipe: PeerPipe): Promise<void> {
    const earlier = this.#current
    if (earlier !== undefined && earlier.peer !== pipe.peer) return refuse(pipe, 'another peer has it')
    earlier?.close()
    void earlier?.pipe.close().catch(() => {}) // It is dead, or its peer has another one now.
    try {
      const open = () => (pipe.closed ? undefined : pipe.openStream())
      const listener = await listenLocally(this.#endpoint, open, { datagrams: () => pipe.datagrams })
      const current = { peer: pipe.peer, pipe, close: () => listener.close() }
      this.#current = current
      pipe.onClose(() => {
        if (this.#current !== current) return
        this.#current = undefined
        listener.close()
      })
      announce(pipe, { listening: formatEndpoint(listener.local) })
    } catch (error) {
      await refuse(pipe, (error as Error).message)
    }
  }
}

/** Resolves with the endpoint at which the peer listens for this host. Fails with `NODE_SERVICE`, with the peer's reason. */
export function peerListens(pipe: PeerPipe): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const end = (why: string) =>
      reject(new NodeError('NODE_SERVICE', `the peer does not listen at "${pipe.service}": ${why}`))
    pipe.onClose((error) => end(error?.message ?? 'it has ended the connection'))
    pipe.stream.on('data', function read(piece: Uint8Array) {
      text += Buffer.from(piece).toString()
      if (!text.includes('\n') && text.length < LONGEST_LINE) return
      pipe.stream.off('data', read)
      pipe.stream.resume() // The end is what counts from here on.
      const { listening, refused } = parseLine(text)
      if (typeof listening === 'string') resolve(listening)
      else end(typeof refused === 'string' ? refused : 'its answer is not understood')
    })
  })
}

function parseLine(text: string): { listening?: unknown; refused?: unknown } {
  try {
    return (JSON.parse(text.split('\n')[0] ?? '') ?? {}) as object
  } catch {
    return {} // It counts as an answer that is not understood.
  }
}

function announce(pipe: PeerPipe, what: Announcement): void {
  pipe.stream.write(`${JSON.stringify(what)}\n`)
}

async function refuse(pipe: PeerPipe, refused: string): Promise<void> {
  announce(pipe, { refused })
  await pipe.close()
}
