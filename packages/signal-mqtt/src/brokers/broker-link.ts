import { backoffMs } from './backoff.ts'
import { afterFailure, afterSuccess, type BrokerHealth, UNKNOWN_HEALTH } from './broker-health.ts'
import { type BrokerConnection, type ConnectBroker, type PublishOptions, redactUrl } from './broker.ts'
import { BROKER_TIMEOUT_MS, LateError, withinRoundTrips } from './connect-limit.ts'
import { inTime } from '../deadline.ts'
import type { SignalRuntime } from '../runtime.ts'
import { SignalError } from '../signal-error.ts'

/** A connection that lasted this long counts as a success: the next failure is the first again. */
const STABLE_MS = 30_000

/** How a broker is doing. */
export interface BrokerStatus {
  /** Without user and password. */
  readonly url: string
  /** `up`: connected and listening there. */
  readonly state: 'connecting' | 'up' | 'down'
  /** Why it is not up. */
  readonly reason?: string
  /** The address of this host that the connection leaves from, where it is up and that is known. */
  readonly localAddress?: string
  readonly health: BrokerHealth
  /** Whether the broker keeps the record of this node; missing before that was tried. */
  readonly keepsRecord?: boolean
}

/** The parts of a link. */
export interface BrokerLinkOptions {
  readonly url: string
  readonly connect: ConnectBroker
  readonly runtime: SignalRuntime
  /** Subscribes to what is needed, on each new connection. */
  readonly onConnection: (connection: BrokerConnection) => Promise<void>
  /** Finds out whether the broker delivers messages: the fault in words, if any. @default it is taken to do so */
  readonly deliveryFault?: (connection: BrokerConnection) => Promise<string | undefined>
  readonly onStatus: (status: BrokerStatus) => void
}

/** Keeps one broker connected: connects, listens, and connects again when that ends. */
export class BrokerLink {
  readonly #options: BrokerLinkOptions
  #status: BrokerStatus
  /** Aborted when the connection that it stands for is over; each attempt has its own. */
  #session = new AbortController()
  #connection: BrokerConnection | undefined
  #upSince = 0
  #failures = 0
  #closed = false
  /** Whether messages were not delivered: then each new connection has to prove that they are. */
  #isMute = false
  /** The session whose delivery was checked. */
  #checked: AbortController | undefined
  #cancelRetry = () => {}
  readonly #firstAttempt: Promise<void>

  constructor(options: BrokerLinkOptions) {
    this.#options = options
    this.#status = { url: redactUrl(options.url), state: 'connecting', health: UNKNOWN_HEALTH }
    this.#firstAttempt = this.#connect()
  }

  get status(): BrokerStatus {
    return this.#status
  }

  /**
   * Does something with the connection, waiting for the first one. Rejects with `SIGNAL_BROKER`, naming
   * broker and reason, in bounded time.
   */
  async use<T>(work: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    await this.#firstAttempt
    const session = this.#session
    try {
      if (!this.#connection) throw new Error(this.#status.reason ?? 'not connected yet')
      return await this.#inTime(work(this.#connection))
    } catch (error) {
      if (error instanceof LateError) this.#down(session, error.message)
      throw new SignalError('SIGNAL_BROKER', `broker ${this.#status.url}: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }

  /** Publishes a message, and rates the broker by how that goes. */
  async publish(topic: string, payload: Uint8Array, options?: PublishOptions): Promise<void> {
    await this.#firstAttempt
    const { clock } = this.#options.runtime
    const startedAt = clock.now()
    try {
      await this.use((connection) => connection.publish(topic, payload, options))
    } catch (error) {
      // Where that has ended the connection it is counted already.
      if (this.#status.state === 'up') this.#rate(afterFailure(this.#status.health))
      throw error
    }
    this.#rate(afterSuccess(this.#status.health, clock.now() - startedAt))
  }

  /**
   * The host has other addresses now. A connection that leaves from none of these is dead, though nothing says so before
   * the keep-alive. It is made again at once. So is a connection that the link waited for, or had given up.
   */
  networkChanged(ips: readonly string[]): void {
    const local = this.#connection?.localAddress
    if (this.#closed || (this.#connection && (local === undefined || ips.includes(local)))) return
    const reason =
      local === undefined ? 'the network changed' : `the network changed: this host no longer has ${local}`
    this.#session.abort()
    this.#cancelRetry()
    this.#connection = undefined
    this.#failures = 0
    this.#options.runtime.log?.('broker-down', { url: this.#status.url, reason, retryInMs: 0 })
    const { url, health } = this.#status
    this.#setStatus({ url, state: 'down', reason, health })
    void this.#connect()
  }

  /** Checks that messages are delivered. A broker that confirms and drops them counts as down. */
  async checkDelivery(): Promise<void> {
    const [session, connection] = [this.#session, this.#connection]
    if (connection === undefined || this.#checked === session) return
    this.#checked = session
    const fault = await this.#options.deliveryFault?.(connection).catch(() => undefined)
    if (fault === undefined || session.signal.aborted) return
    this.#isMute = true
    this.#down(session, fault)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelRetry()
    const connection = this.#connection
    this.#connection = undefined
    const { url, health } = this.#status
    this.#status = { url, state: 'down', reason: 'signalling was closed', health }
    this.#session.abort()
    await connection?.close()
  }

  async #connect(): Promise<void> {
    const session = new AbortController()
    this.#session = session
    try {
      const { clock } = this.#options.runtime
      const connection = await withinRoundTrips(clock, (measured) => this.#open(session, measured))
      if (session.signal.aborted) return
      this.#connection = connection
      this.#upSince = clock.now()
      const { localAddress } = connection
      const { url, health } = this.#status
      this.#setStatus({ url, state: 'up', ...(localAddress !== undefined && { localAddress }), health })
    } catch (error) {
      this.#down(session, messageOf(error))
    }
  }

  async #open(session: AbortController, measured: (roundTripMs: number) => void): Promise<BrokerConnection> {
    const connection = await this.#options.connect(this.#options.url, session.signal, measured)
    session.signal.addEventListener('abort', () => void connection.close())
    connection.onEnd((reason) => this.#down(session, reason))
    if (session.signal.aborted) await connection.close()
    else await this.#options.onConnection(connection)
    const fault = this.#isMute ? await this.#options.deliveryFault?.(connection) : undefined
    if (fault !== undefined) throw new Error(fault)
    this.#isMute = false
    return connection
  }

  #down(session: AbortController, reason: string): void {
    if (session.signal.aborted) return
    session.abort()
    const { clock, random, log } = this.#options.runtime
    const lasted = this.#connection ? clock.now() - this.#upSince : 0
    this.#failures = lasted > STABLE_MS ? 1 : this.#failures + 1
    this.#connection = undefined
    const retryInMs = backoffMs(this.#failures, (random(1)[0] ?? 0) / 255)
    this.#cancelRetry = clock.at(clock.now() + retryInMs, () => void this.#connect())
    const { url, health } = this.#status
    log?.('broker-down', { url, reason, retryInMs })
    this.#setStatus({ url, state: 'down', reason, health: afterFailure(health) })
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    const { clock } = this.#options.runtime
    return inTime(work, {
      clock,
      timeoutMs: BROKER_TIMEOUT_MS,
      timedOut: () => new LateError(BROKER_TIMEOUT_MS),
    })
  }

  #rate(health: BrokerHealth): void {
    this.#status = { ...this.#status, health }
  }

  #setStatus(status: BrokerStatus): void {
    this.#status = status
    this.#options.onStatus(status)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
