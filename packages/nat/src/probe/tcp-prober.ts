import {
  formatTransportAddress,
  NetifError,
  sleep,
  type TcpConnection,
  type TcpListener,
  type TransportAddress,
  withDeadline,
} from '@p2pd/netif'
import {
  type BindingRequest,
  type BindingResponse,
  ConnectBackOutcome,
  decodeBindingResponse,
  driveStream,
  encodeBindingRequest,
  StunError,
  TcpTransaction,
} from '@p2pd/stun'
import type { ProbeUpdate } from '../discovery/discovery.ts'
import type { Probe } from '../discovery/observation.ts'
import { ConnectionBack } from './connection-back.ts'
import { type NatPorts, type Prober, type ProbeSource, TRANSACTION_ID_BYTES } from './prober.ts'

/** A local port with its connections, by destination. */
interface OpenPort {
  readonly port: Promise<number>
  readonly connections: Map<string, Promise<TcpConnection>>
  readonly stop: AbortController
  listener?: Promise<TcpListener>
}

/** A server connects back to one address once at a time, for 1.5 s. Several hosts may share the address. */
const MAX_BUSY = 4
const BUSY_PAUSE_MS = 700

/** The server's report may overtake the connection on a busy host, by some turns of its event loop. */
const ACCEPT_MS = 1000

/** Where a STUN message has its transaction id. RFC 8489 §5. */
const ID_AT = 8

/** Probes over TCP: a connection for each destination, several from one local port. RFC 5382 §4. */
export class TcpProber implements Prober {
  readonly #ports: NatPorts
  readonly #source: ProbeSource
  readonly #open = new Map<number, OpenPort>()
  /** The ids of all requests. Probes share a connection, and each of them sees the answers to the others. */
  readonly #asked = new Set<string>()

  readonly #onSent: (probe: Probe) => void

  /** `onSent` is called when the first SYN of a probe leaves. */
  constructor(ports: NatPorts, source: ProbeSource, onSent: (probe: Probe) => void = () => {}) {
    this.#onSent = onSent
    this.#ports = ports
    this.#source = source
  }

  launch(probe: Probe, onUpdate: (update: ProbeUpdate) => void): void {
    const open = this.#openPort(probe)
    const over = (update: ProbeUpdate) => onUpdate({ ...update, endedAt: this.#ports.clock.now() })
    this.#runInTime(probe, open, onUpdate).then(over, (error: unknown) =>
      over(open.stop.signal.aborted ? { state: 'cancelled' } : failureOf(error, probe)),
    )
  }

  /** The time of the probe begins when its port is known, so that a busy machine does not count as a slow server. */
  async #runInTime(
    probe: Probe,
    open: OpenPort,
    onUpdate: (update: ProbeUpdate) => void,
  ): Promise<ProbeUpdate> {
    await open.port
    const { clock } = this.#ports
    const deadline = { clock, timeoutMs: probe.schedule.lastWaitMs, signal: open.stop.signal }
    return withDeadline(deadline, (signal) => this.#run(probe, open, signal, onUpdate))
  }

  close(socket: number): void {
    const open = this.#open.get(socket)
    if (open === undefined) return
    this.#open.delete(socket)
    open.stop.abort()
    for (const connection of open.connections.values()) {
      connection.then(
        ({ stream }) => stream.destroy(),
        () => {}, // It never opened, and its probe has failed.
      )
    }
    open.listener?.then(
      (listener) => listener.close(),
      () => {}, // The same.
    )
  }

  closeAll(): void {
    for (const socket of this.#open.keys()) this.close(socket)
  }

  async #run(
    probe: Probe,
    open: OpenPort,
    signal: AbortSignal,
    onUpdate: (update: ProbeUpdate) => void,
  ): Promise<ProbeUpdate> {
    if (probe.test === 'hairpin') return this.#dialSelf(probe, open, signal)
    const connection = await this.#connect(probe, open, signal)
    const { clock } = this.#ports
    const internal: TransportAddress = { ip: this.#source.ip, port: connection.local.port }
    onUpdate({ internal, passedAt: clock.now() })
    if (probe.test !== 'binding') return this.#askBack(probe, open, connection, signal)
    const anomalies: string[] = []
    const sentAt = clock.now()
    const { mapped, otherAddress } = await this.#ask(connection, {}, signal, anomalies)
    return {
      state: 'answered',
      external: mapped,
      rttMs: clock.now() - sentAt,
      ...(otherAddress && { other: otherAddress }),
      ...(anomalies.length > 0 && { anomalies }),
    }
  }

  #ask(
    connection: TcpConnection,
    request: BindingRequest,
    signal: AbortSignal,
    anomalies: string[] = [],
  ): Promise<BindingResponse> {
    const id = this.#ports.random(TRANSACTION_ID_BYTES)
    this.#asked.add(String(id))
    const accept = (packet: Uint8Array, from: TransportAddress) => {
      const response = decodeBindingResponse(packet, id, from)
      const isAsked = this.#asked.has(String(packet.subarray(ID_AT, ID_AT + TRANSACTION_ID_BYTES)))
      if (response === undefined && !isAsked && anomalies.length === 0)
        anomalies.push('answer with a wrong transaction id')
      return response
    }
    const transaction = new TcpTransaction(encodeBindingRequest(id, request), connection.remote, accept)
    return driveStream(transaction, connection, this.#ports.clock, signal)
  }

  /** Listens on the local port of the connection and asks the server to connect back. */
  async #askBack(
    probe: Probe,
    open: OpenPort,
    connection: TcpConnection,
    signal: AbortSignal,
  ): Promise<ProbeUpdate> {
    open.listener ??= this.#listen(connection.local.port)
    const listener = await open.listener
    const changeIp = probe.test === 'change-address-and-port'
    const back = new ConnectionBack(listener, ({ ip }) => (ip !== probe.to.ip) === changeIp)
    const { clock } = this.#ports
    try {
      for (let tries = 1; ; tries++) {
        const { connectBack } = await this.#ask(connection, { connectBack: { changeIp } }, signal)
        if (connectBack === ConnectBackOutcome.Connected) await back.within(clock, ACCEPT_MS)
        if (back.came) return { state: 'answered' }
        const busy = connectBack === ConnectBackOutcome.NotTried
        if (!busy || tries === MAX_BUSY)
          return { state: isFiltered(connectBack) ? 'unanswered' : 'unsupported' }
        await sleep(clock, BUSY_PAUSE_MS, signal)
      }
    } finally {
      back.close()
    }
  }

  /** Dials the own mapping: behind a NAT that hairpins the SYN returns, and the port connects to itself. */
  async #dialSelf(probe: Probe, open: OpenPort, signal: AbortSignal): Promise<ProbeUpdate> {
    await this.#connect(probe, open, signal)
    return { state: 'answered' }
  }

  #connect(probe: Probe, open: OpenPort, signal: AbortSignal): Promise<TcpConnection> {
    const { to, purpose } = probe
    const key = formatTransportAddress(to)
    const before = open.connections.get(key)
    if (before !== undefined) return before
    const alone = !comparesDestinations(purpose)
    const connection = open.port
      .then((port) => {
        this.#onSent(probe)
        return this.#dial(to, port, signal)
      })
      .catch((error: unknown) => {
        // With one destination any port serves.
        if (alone && isInUse(error)) return this.#dial(to, 0, signal)
        throw error
      })
    open.connections.set(key, connection)
    return connection
  }

  async #dial(remote: TransportAddress, port: number, signal: AbortSignal): Promise<TcpConnection> {
    const { ip, interfaceName } = this.#source
    const nic = interfaceName === undefined ? {} : { interfaceName }
    const connection = await this.#ports.network.dial({ remote, local: { ip, port }, signal, ...nic })
    // After a reset the next request finds the connection closed.
    connection.stream.on('error', () => {})
    return connection
  }

  #openPort({ socket, internalPort, purpose }: Probe): OpenPort {
    const before = this.#open.get(socket)
    if (before !== undefined) return before
    const port = comparesDestinations(purpose) ? this.#findPort(internalPort) : Promise.resolve(internalPort)
    const open = { port, connections: new Map(), stop: new AbortController() }
    this.#open.set(socket, open)
    return open
  }

  /** The port if it is free, else another. Dials to several destinations share it, so it must be known first. */
  async #findPort(port: number): Promise<number> {
    const listener = await this.#listen(port).catch(() => this.#listen(0))
    const found = listener.local.port
    await listener.close()
    return found
  }

  #listen(port: number): Promise<TcpListener> {
    const { ip, interfaceName } = this.#source
    return this.#ports.network.listenTcp({
      local: { ip, port },
      ...(interfaceName !== undefined && { interfaceName }),
    })
  }
}

/** Whether several destinations are dialled from the probe's port. */
function comparesDestinations(purpose: Probe['purpose']): boolean {
  return purpose === 'mapping' || purpose === 'verify' || purpose === 'hairpin'
}

function isInUse(error: unknown): boolean {
  return error instanceof NetifError && error.code === 'NETIF_ADDRESS_IN_USE'
}

/** Whether a filter kept the server's connection out. Without an attempt, or after a successful one, nobody knows. */
function isFiltered(outcome: ConnectBackOutcome | undefined): boolean {
  return outcome === ConnectBackOutcome.NoAnswer || outcome === ConnectBackOutcome.Refused
}

/** The outcome of a dial or a request that failed. */
function failureOf(error: unknown, { purpose }: Probe): ProbeUpdate {
  // The server has not reported on its connection: that says nothing of the filter.
  if (purpose === 'filtering') return { state: 'unsupported' }
  if (error instanceof StunError) {
    const state = error.code === 'STUN_ERROR_RESPONSE' ? 'unsupported' : 'unanswered'
    return error.code === 'STUN_TIMEOUT' ? { state } : { state, anomalies: [error.message] }
  }
  if (error instanceof NetifError && error.code === 'NETIF_REFUSED')
    return { state: 'unanswered', isRefused: true, anomalies: ['connection refused'] }
  return { state: 'unanswered' }
}
