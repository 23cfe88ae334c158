import { systemReason } from '@p2pd/netif'
import type { Duplex, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ByteFields } from './byte-fields.ts'
import { CliError } from './cli-error.ts'
import { closeInTime, closeWhenSent } from './ending/close-in-time.ts'
import type { Context } from './context.ts'

/** A pipe, or a stream of one: closed together with what carries it. */
export interface Joined {
  readonly stream: Duplex
  close(): Promise<void>
}

/**
 * Joins a pipe to standard input and output until both directions have ended, or the connection has. The end of one
 * direction leaves the other as it is. When the peer has ended, standard output ends, so that a filter behind it writes
 * its last lines. Standard input is then sent until its own end; a terminal alone is not waited for. With `--json`
 * standard output holds objects alone: one for each piece that arrives, and `ended` when the peer has ended.
 *
 * Resolves when the peer has acknowledged everything. Fails with `CLI_SEND` when something of standard input is given up.
 */
export async function joinStdio(pipe: Joined, context: Context): Promise<void> {
  const { stdin, interrupted } = context
  const { stream } = pipe
  const end = () => stream.destroy()
  interrupted.addEventListener('abort', end, { once: true })
  const closed = new Promise<'closed' | 'sent'>((resolve) => {
    // The close may come before the pipeline reports that everything was taken.
    stream.once('close', () => resolve(stream.writableFinished ? 'sent' : 'closed'))
  })
  const input = new Input(stdin)
  const sending = pipeline(input.pieces(), stream, { signal: interrupted })
  sending.catch(() => {}) // Whether it matters is known below.
  try {
    await receive(stream, context)
    await endOutput(context)
    if (!isTerminal(stdin)) {
      const sent = sending.then(() => 'sent' as const)
      const outcome = await Promise.race([sent, closed]).catch((error: Error) => error)
      if (outcome !== 'sent' && input.hasGiven) throw notEverythingSent(stream.errored ?? outcome)
    }
  } catch (error) {
    input.close()
    await closeInTime(pipe, interrupted).catch(() => {}) // The first error says why.
    throw error
  } finally {
    interrupted.removeEventListener('abort', end)
    input.close()
  }
  await closeWhenSent(pipe, interrupted).catch((error: Error) => {
    throw input.hasGiven ? notEverythingSent(error) : error
  })
}

/** Standard input, and whether it has given anything. */
class Input {
  readonly #stdin: Readable
  hasGiven = false

  constructor(stdin: Readable) {
    this.#stdin = stdin
  }

  async *pieces(): AsyncIterable<Buffer> {
    for await (const piece of this.#stdin as AsyncIterable<Buffer>) {
      this.hasGiven = true
      yield piece
    }
  }

  close(): void {
    this.#stdin.destroy()
  }
}

/** Until the peer has sent everything; the other direction stays as it is. */
async function receive(stream: Duplex, { stdout, output, interrupted }: Context): Promise<void> {
  const fields = new ByteFields()
  for await (const piece of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    if (output.json) output.event({ event: 'received', ...fields.next(piece) })
    else if (!stdout.write(piece)) await drained(stdout, interrupted)
  }
}

/** Tells the reader of standard output that the peer has ended. */
async function endOutput({ output, endStdout }: Context): Promise<void> {
  if (output.json) output.event({ event: 'ended' })
  else await endStdout?.()
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

function notEverythingSent(cause: Error | 'closed'): CliError {
  const reason = 'the connection ended before the peer had everything from standard input'
  if (cause === 'closed') return new CliError('CLI_SEND', reason)
  return new CliError('CLI_SEND', `${reason}: ${systemReason(cause)}`, { cause })
}
