import { canonicalIp, isLiteral, withDeadline } from '@p2pd/netif'
import { getUdpMapping } from '@p2pd/stun'
import { parseTurnUri, type TurnPorts } from '@p2pd/turn'
import type { TurnServer } from '../../runtime/servers.ts'

/** More servers than these would cost allocations, and time where all fail. */
const MAX_HOSTS = 2

/** A server that takes longer comes last. */
const MEASURE_MS = 3_000

/**
 * Chooses the hosts at which allocations are made: those that the peer uses, too, then by round trip. Up to two hosts are all
 * asked, so nothing is measured. Of more each gets one Binding request or one TCP connection when the node starts. RFC 8489 §12.
 */
export class ServerChoice {
  readonly #servers: readonly TurnServer[]
  readonly #ports: TurnPorts
  readonly #roundTripMs = new Map<string, number>()
  /** The addresses of each host, once its name is resolved. */
  readonly #addresses = new Map<string, readonly string[]>()

  constructor(servers: readonly TurnServer[], ports: TurnPorts) {
    this.#servers = servers
    this.#ports = ports
    for (const host of this.#hosts) if (isLiteral(host)) this.#addresses.set(host, [canonicalIp(host)])
    for (const server of servers) void this.#examine(server)
  }

  /** Whether there are more hosts than a call may ask. */
  get hasChoice(): boolean {
    return this.#hosts.length > MAX_HOSTS
  }

  /** The addresses of all hosts whose names are resolved. */
  addresses(): string[] {
    return [...new Set([...this.#addresses.values()].flat())]
  }

  /**
   * The servers at two hosts at most, those with an address of the peer's servers first. A host that has not answered comes
   * last, in the order of the file.
   */
  first(near: readonly string[] = []): TurnServer[] {
    const shared = new Set(near.map(canonicalIp))
    const isShared = (host: string) => this.#addresses.get(host)?.some((ip) => shared.has(ip)) === true
    const rank = (host: string) => this.#roundTripMs.get(host) ?? MEASURE_MS
    const hosts = this.#hosts.sort((a, b) => Number(isShared(b)) - Number(isShared(a)) || rank(a) - rank(b))
    return hosts
      .slice(0, MAX_HOSTS)
      .flatMap((host) => this.#servers.filter((server) => hostOf(server) === host))
  }

  get #hosts(): string[] {
    return [...new Set(this.#servers.map(hostOf))]
  }

  async #examine(server: TurnServer): Promise<void> {
    const { clock } = this.#ports
    const measured = withDeadline({ clock, timeoutMs: MEASURE_MS }, (signal) => this.#measure(server, signal))
    await measured.catch(() => {}) // It keeps its place behind those that answer.
  }

  async #measure(server: TurnServer, signal: AbortSignal): Promise<void> {
    const { clock, network } = this.#ports
    const { host, port, transport } = parseTurnUri(server.uri)
    const ips = isLiteral(host) ? [host] : await network.resolve(host, { signal })
    this.#addresses.set(host, ips.map(canonicalIp))
    const [ip] = ips
    if (ip === undefined || !this.hasChoice) return
    const remote = { ip, port }
    const startedAt = clock.now()
    if (transport === 'udp') {
      const { socket } = await getUdpMapping({ ...this.#ports, network }, { server: remote, signal })
      socket.close()
    } else {
      const { stream } = await network.dial({ remote, signal })
      stream.destroy()
    }
    const tookMs = clock.now() - startedAt
    this.#roundTripMs.set(host, Math.min(tookMs, this.#roundTripMs.get(host) ?? tookMs))
  }
}

function hostOf({ uri }: TurnServer): string {
  return parseTurnUri(uri).host
}
