import { EchoProtocol } from '@p2pd/node'
import { ALL, type HeldPipe } from './held-pipe.ts'

/** Serves a caller with the echo protocol until the pipe ends. */
export async function serveEcho(held: HeldPipe): Promise<void> {
  const protocol = new EchoProtocol()
  try {
    for (;;) {
      const message = await held.inbox.recv(ALL, {})
      if (message === undefined) break
      await held.send([protocol.receive(message.data)])
    }
  } finally {
    if (!held.isJoined) await held.close()
  }
}
