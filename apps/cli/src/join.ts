import type { PeerPipe } from '@p2pd/node'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ByteFields } from './byte-fields.ts'
import { CliError } from './cli-error.ts'
import type { Context } from './context.ts'

/** Between two looks at an input that is being sent. */
const LOOK_MS = 50
/** A producer that takes longer between two pieces is rare; one that was left open by mistake is not. */
const PAUSE_MS = 10_000

const GIVEN_UP =
  'The peer has ended, and standard input was silent since: what it may still have is not sent.'

/** How long to wait after the peer has ended. */
export interface JoinOptions {
  /** How long to wait for the first bytes of a standard input that has given none yet. */
  readonly firstBytesMs: number
}

/**
 * Joins a pipe to standard input and output until both directions have ended, or the peer is gone. The end of one
 * direction leaves the other as it is. A peer that has ended may be gone, and only writing would show that. From then on
 * a silent standard input has a limited time, and a terminal has none. With `--json` standard output holds objects
 * alone, so each piece that arrives is one.
 */
export async function joinStdio(
  pipe: PeerPipe,
  context: Context,
  { firstBytesMs }: JoinOptions,
): Promise<void> {
  const { stdin, output, interrupted } = context
  const { stream } = pipe
  const end = () => stream.destroy()
  interrupted.addEventListener('abort', end, { once: true })
  const input = new Input(stdin)
  const sending = pipeline(input.chunks(), stream, { signal: interrupted })
  sending.catch(() => {}) // Whether it matters is known below.
  try {
    await receive(stream, context)
    if (isTerminal(stdin)) return
    const silent = input.silence(firstBytesMs).then(() => output.info(GIVEN_UP))
    await Promise.race([sending.catch(notEverythingSent), silent])
  } finally {
    interrupted.removeEventListener('abort', end)
    input.close()
    await pipe.close()
    await sending.catch(() => {})
  }
}

/** Standard input, and for how long it has given nothing. */
class Input {
  readonly #stdin: Readable
  /** Since when more is waited for; undefined while what came is on its way. */
  #waitsSince: number | undefined
  #hasGiven = false
  #timer: NodeJS.Timeout | undefined

  constructor(stdin: Readable) {
    this.#stdin = stdin
  }

  async *chunks(): AsyncIterable<Buffer> {
    this.#waitsSince = performance.now()
    for await (const chunk of this.#stdin as AsyncIterable<Buffer>) {
      this.#waitsSince = undefined
      this.#hasGiven = true
      yield chunk
      this.#waitsSince = performance.now()
    }
    this.#waitsSince = undefined
  }

  /** Resolves when it has given nothing for too long: so long at first, `PAUSE_MS` later. */
  silence(firstBytesMs: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        const waitedMs = this.#waitsSince === undefined ? 0 : performance.now() - this.#waitsSince
        if (waitedMs >= (this.#hasGiven ? PAUSE_MS : firstBytesMs)) resolve()
        else this.#timer = setTimeout(look, LOOK_MS)
      }
      look()
    })
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#stdin.destroy()
  }
}

/** Until the peer has sent everything; the other direction stays as it is. */
async function receive(stream: PeerPipe['stream'], { stdout, output, interrupted }: Context): Promise<void> {
  const fields = new ByteFields()
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    if (output.json) output.event({ event: 'received', ...fields.next(chunk) })
    else if (!stdout.write(chunk)) await drained(stdout, interrupted)
  }
}

/** Until there is room again, or the reader has gone away. */
function drained(stdout: Context['stdout'], interrupted: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(interrupted.reason as Error)
    if (interrupted.aborted) return gone()
    interrupted.addEventListener('abort', gone, { once: true })
    stdout.once('drain', () => {
      interrupted.removeEventListener('abort', gone)
      resolve()
    })
  })
}

function isTerminal(stdin: Readable & { readonly isTTY?: boolean }): boolean {
  return stdin.isTTY === true
}

function notEverythingSent(cause: Error): never {
  const reason = 'the peer closed the pipe before it had everything from standard input'
  throw new CliError('CLI_SEND', `${reason}: ${cause.message}`, { cause })
}
