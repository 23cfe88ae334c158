import { race } from '@p2pd/netif'
import {
  allocate,
  type AllocateOptions,
  allocateTcp,
  parseTurnUri,
  type RelayedListener,
  type RelayedSocket,
  type RelayFamilies,
  TurnError,
  type TurnPorts,
} from '@p2pd/turn'
import { sharedSecret, turnCrypto, turnPorts } from '@p2pd/turn/node'
import type { Relay, RelayOpener, RelayWish, TcpRelay, UdpRelay } from '../../relays/relay-pool.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { TurnServer } from '../../runtime/servers.ts'
import { ServerChoice } from './server-choice.ts'

/** The parts of a runtime that relays need. */
export type RelayRuntime = Pick<Runtime, 'network' | 'clock' | 'random' | 'udx' | 'log'>

/**
 * Opens relays at the TURN servers of a servers file, the fastest of two; undefined when none of them can be used. TCP is
 * relayed where a server does it, which its connection over TCP or TLS allows; else UDP. RFC 6062 §4.1, RFC 8305 §5.
 */
export function relayOpener(servers: readonly TurnServer[], runtime: RelayRuntime): RelayOpener | undefined {
  const opener = new ServersRelayOpener(servers, runtime)
  return opener.isUsable ? opener : undefined
}

class ServersRelayOpener implements RelayOpener {
  readonly #servers: readonly TurnServer[]
  readonly #runtime: RelayRuntime
  readonly #ports: TurnPorts
  readonly #choice: ServerChoice
  /** Servers that relay UDP alone. */
  readonly #withoutTcp = new Set<TurnServer>()

  constructor(servers: readonly TurnServer[], runtime: RelayRuntime) {
    this.#servers = servers
    this.#runtime = runtime
    const { network, clock, random } = runtime
    this.#ports = { ...turnPorts, crypto: turnCrypto, network, clock, random }
    this.#choice = new ServerChoice(servers, this.#ports)
  }

  get isUsable(): boolean {
    return this.#runtime.udx === undefined
      ? this.#servers.some((server) => !isUdp(server))
      : this.#servers.length > 0
  }

  get hasChoice(): boolean {
    return this.#choice.hasChoice
  }

  servers(): readonly string[] {
    return this.#choice.addresses()
  }

  async open(signal: AbortSignal, { transport, near, families = 'both' }: RelayWish = {}): Promise<Relay> {
    const servers = this.#choice.first(near)
    const tcp = servers.filter((server) => !isUdp(server) && !this.#withoutTcp.has(server))
    const isUdpUsable = transport !== 'tcp' && this.#runtime.udx !== undefined
    const ways = [
      ...(transport === 'udp' || tcp.length === 0
        ? []
        : [(ended: AbortSignal) => this.#openTcp(tcp, families, ended)]),
      ...(isUdpUsable ? [(ended: AbortSignal) => this.#openUdp(servers, families, ended)] : []),
    ]
    const discard = (late: Relay) => void late.release()
    try {
      return await race(ways, { clock: this.#ports.clock, signal, discard })
    } catch (error) {
      throw joined(error)
    }
  }

  #openTcp(servers: readonly TurnServer[], families: RelayFamilies, signal: AbortSignal): Promise<Relay> {
    const attempts = servers.map((server) => async (ended: AbortSignal) => {
      try {
        return await inEither(families, (wanted) =>
          allocateTcp(this.#ports, optionsFor(server, wanted, ended)),
        )
      } catch (error) {
        if (error instanceof TurnError && error.code === 'TURN_UNSUPPORTED') this.#withoutTcp.add(server)
        throw error
      }
    })
    const discard = (late: RelayedListener) => void late.release()
    const how = { clock: this.#ports.clock, signal, discard, waves: [attempts.length] }
    return race(attempts, how).then((listener) => tcpRelay(listener))
  }

  /** Over UDP first, which has no head-of-line blocking; over TCP or TLS where UDP is blocked. */
  #openUdp(servers: readonly TurnServer[], families: RelayFamilies, signal: AbortSignal): Promise<Relay> {
    const sorted = [...servers].sort((a, b) => Number(isUdp(b)) - Number(isUdp(a)))
    const overUdp = sorted.filter(isUdp).length
    const attempts = sorted.map(
      (server) => (ended: AbortSignal) =>
        inEither(families, (wanted) => allocate(this.#ports, optionsFor(server, wanted, ended))),
    )
    const discard = (late: RelayedSocket) => late.close()
    const how = {
      clock: this.#ports.clock,
      signal,
      discard,
      waves: [overUdp || sorted.length, sorted.length],
    }
    return race(attempts, how).then((socket) => udpRelay(socket))
  }
}

/** A relayed listener as calls use it. */
function tcpRelay(listener: RelayedListener): TcpRelay {
  const { relayed } = listener
  let resolveClosed = () => {}
  const closed = new Promise<void>((resolve) => {
    resolveClosed = resolve
  })
  listener.onChange(({ type }) => {
    if (type === 'failed') resolveClosed()
  })
  return {
    transport: 'tcp',
    relayed,
    closed,
    permit: (ip) => listener.permit(ip),
    dial: (remote, signal) => listener.dial(remote, signal),
    onConnection: (take) => listener.onConnection(take),
    close: () => listener.close().then(resolveClosed),
    release: () => listener.release().then(resolveClosed),
  }
}

/** A relayed socket as calls use it. Its addresses are those of now: an allocation that is lost is not made anew. */
function udpRelay(socket: RelayedSocket): UdpRelay {
  return {
    transport: 'udp',
    relayed: socket.relayed,
    socket,
    permit: (ip) => socket.permit(ip),
    closed: socket.closed,
    release: () => {
      socket.close()
      return socket.closed
    },
  }
}

/** A peer knows one relayed address: an allocation that is lost is of no use to it any more. */
function optionsFor(server: TurnServer, families: RelayFamilies, signal: AbortSignal): AllocateOptions {
  return { server: server.uri, credentials: credentialsOf(server), families, signal, reallocate: false }
}

/** Some servers refuse a request for two families where they have one: coturn with `--external-ip`. RFC 8656 §7.2. */
function inEither<Made>(
  families: RelayFamilies,
  make: (families: RelayFamilies) => Promise<Made>,
): Promise<Made> {
  return make(families).catch((error: unknown) => {
    const isRefused = error instanceof TurnError && error.code === 'TURN_ADDRESS_FAMILY'
    if (families === 'both' && isRefused) return make('IPv4')
    throw error
  })
}

function credentialsOf(server: TurnServer): AllocateOptions['credentials'] {
  if ('secret' in server) return sharedSecret(server.secret)
  return { username: server.username, password: server.credential }
}

function isUdp({ uri }: TurnServer): boolean {
  return parseTurnUri(uri).transport === 'udp'
}

/** One error of the reasons of all servers. */
function joined(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error
  const reasons = flattened(error).map((one) => one.message)
  return new TurnError('TURN_UNREACHABLE', [...new Set(reasons)].join('; '), { cause: error })
}

function flattened({ errors }: AggregateError): Error[] {
  return errors.flatMap((one: Error) => (one instanceof AggregateError ? flattened(one) : [one]))
}
