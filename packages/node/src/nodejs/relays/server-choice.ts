import { getUdpMapping } from '@p2pd/stun'
import { parseTurnUri, type TurnPorts } from '@p2pd/turn'
import type { TurnServer } from '../../runtime/servers.ts'

/** More servers than these would cost allocations, and time where all fail. */
const MAX_HOSTS = 2

/** A server that takes longer comes last. */
const MEASURE_MS = 3_000

/**
 * Chooses the hosts at which allocations are made: the one that the peer uses, then by round trip. Up to two hosts are all
 * asked, so nothing is measured. Of more each gets one Binding request or one TCP connection when the node starts. RFC 8489 §12.
 */
export class ServerChoice {
  readonly #servers: readonly TurnServer[]
  readonly #ports: TurnPorts
  readonly #roundTripMs = new Map<string, number>()

  constructor(servers: readonly TurnServer[], ports: TurnPorts) {
    this.#servers = servers
    this.#ports = ports
    if (new Set(servers.map(hostOf)).size > MAX_HOSTS)
      for (const server of servers) void this.#measure(server)
  }

  /** The servers at two hosts at most, `near` first. A host that has not answered comes last, in the order of the file. */
  first(near: string | undefined): TurnServer[] {
    const rank = (host: string) => this.#roundTripMs.get(host) ?? MEASURE_MS
    const hosts = [...new Set(this.#servers.map(hostOf))].sort(
      (a, b) => Number(b === near) - Number(a === near) || rank(a) - rank(b),
    )
    return hosts
      .slice(0, MAX_HOSTS)
      .flatMap((host) => this.#servers.filter((server) => hostOf(server) === host))
  }

  async #measure(server: TurnServer): Promise<void> {
    const { clock, network } = this.#ports
    const { host, port, transport } = parseTurnUri(server.uri)
    const over = new AbortController()
    const cancel = clock.at(clock.now() + MEASURE_MS, () => over.abort())
    try {
      const [ip] = await network.resolve(host, { signal: over.signal })
      if (ip === undefined) return
      const remote = { ip, port }
      const startedAt = clock.now()
      if (transport === 'udp') {
        const ports = { ...this.#ports, network }
        const { socket } = await getUdpMapping(ports, { server: remote, signal: over.signal })
        socket.close()
      } else {
        const { stream } = await network.dial({ remote, signal: over.signal })
        stream.destroy()
      }
      const tookMs = clock.now() - startedAt
      this.#roundTripMs.set(host, Math.min(tookMs, this.#roundTripMs.get(host) ?? tookMs))
    } catch {
      // It keeps its place behind those that answer.
    } finally {
      cancel()
    }
  }
}

function hostOf({ uri }: TurnServer): string {
  return parseTurnUri(uri).host
}
