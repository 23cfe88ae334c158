import { type Clock, scopeOf, splitZone } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'
import type { Path } from './path.ts'
import { type PeerPipe, peerPipe } from './peer-pipe.ts'

/** The pipes of a node that are open, and the paths under them. */
export class OpenPipes {
  readonly #clock: Clock
  readonly #paths = new Map<PeerPipe, Path>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Makes the pipe of a path and keeps it until it closes. */
  open(path: Path, how: Parameters<typeof peerPipe>[1]): PeerPipe {
    const pipe = peerPipe(path, how, this.#clock)
    this.#paths.set(pipe, path)
    pipe.onClose(() => void this.#paths.delete(pipe))
    return pipe
  }

  /** Ends the pipes whose local address is none of these, with `NODE_NETWORK_CHANGED`. Their time-outs would come much later. */
  endLost(ips: ReadonlySet<string>): void {
    for (const { local, stream } of this.#paths.values()) {
      const { ip } = splitZone(local.ip)
      if (ips.has(ip) || scopeOf(ip) === 'host') continue
      const reason = `the network changed: this host no longer has ${ip}; connect again`
      stream.destroy(new NodeError('NODE_NETWORK_CHANGED', reason))
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#paths.keys()].map((pipe) => pipe.close()))
  }
}
