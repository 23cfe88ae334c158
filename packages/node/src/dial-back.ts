import { dialable } from './candidate.ts'
import { withDeadline } from './deadline.ts'
import { readHello } from './hello.ts'
import type { Message } from './message.ts'
import type { Path } from './path.ts'
import { encodePreamble } from './preamble.ts'
import { Race } from './race.ts'
import type { Runtime } from './runtime.ts'

/** A SYN, its retransmissions after 1 and 3 s, TLS, and the caller's choice between its paths. */
const TIMEOUT_MS = 10_000

/**
 * The peer's half of strategy `reverse`: dials the caller's candidates. The winner is the path that the caller
 * nominates; there is none when it nominates another than these.
 */
export async function dialBack(runtime: Runtime, caller: Uint8Array, offer: Message): Promise<Race<Path>> {
  const { clock, network } = runtime
  const interfaces = await network.interfaces()
  const race = new Race<Path>({ clock, startedAt: clock.now(), discard: (path) => path.stream.destroy() })
  const release = race.hold()
  for (const { ip, port } of dialable(offer.candidates, interfaces)) {
    const remote = { ip, port }
    race.add({
      strategy: 'reverse',
      local: '',
      remote: '',
      run: (outer) =>
        withDeadline(
          { clock, timeoutMs: TIMEOUT_MS, what: 'dialling back', signal: outer },
          async (signal) => {
            const { stream, local } = await network.dial({ remote, signal })
            stream.write(encodePreamble(offer.connectionId))
            const secured = await runtime.secure(stream, { role: 'server', peer: caller, signal })
            await readHello(secured.stream, signal)
            return { ...secured, strategy: 'reverse', local, remote }
          },
        ),
    })
  }
  release()
  return race
}
