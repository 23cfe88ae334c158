import type { PeerPipe } from '@p2pd/node'
import { pipeline } from 'node:stream/promises'
import type { Context } from './context.ts'

/**
 * Joins a pipe to standard input and output until both directions have ended, or the peer is gone. With `--json`
 * standard output holds objects alone, so each piece that arrives is one.
 */
export async function joinStdio(
  pipe: PeerPipe,
  { stdin, stdout, output, interrupted }: Context,
): Promise<void> {
  const { stream } = pipe
  const end = () => stream.destroy()
  interrupted.addEventListener('abort', end, { once: true })
  const sending = pipeline(stdin, stream, { signal: interrupted }).catch(() => {
    // The peer or the user ended the pipe first; what came until then is out already.
  })
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (output.json) output.event({ event: 'received', text: chunk.toString(), bytes: chunk.length })
      else if (!stdout.write(chunk)) await new Promise((resolve) => stdout.once('drain', resolve))
    }
  } finally {
    interrupted.removeEventListener('abort', end)
    stdin.destroy()
    await pipe.close()
    await sending
  }
}
