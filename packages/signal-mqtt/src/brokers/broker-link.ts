import { backoffMs } from './backoff.ts'
import { afterFailure, afterSuccess, type BrokerHealth, UNKNOWN_HEALTH } from './broker-health.ts'
import { type BrokerConnection, type ConnectBroker, type PublishOptions, redactUrl } from './broker.ts'
import type { BrokerStatus } from './broker-status.ts'
import { BROKER_TIMEOUT_MS, LateError, withinRoundTrips } from './connect-limit.ts'
import { inTime } from '../deadline.ts'
import type { SignalRuntime } from '../runtime.ts'
import { SignalError } from '../signal-error.ts'

/** A connection that lasted this long counts as a success: the next failure is the first again. */
const STABLE_MS = 30_000

/** A broker that failed a moment ago is not tried again because somebody needs it. */
const REDIAL_MS = 2000

/** How long a ping may take: four round trips, as TCP repeats a lost packet after two at most. RFC 6298 §2. */
const PING_ROUND_TRIPS = 4
const [MIN_PING_MS, MAX_PING_MS] = [300, 1500]

/** The reason of work that another connection takes over. */
const REPLACED = new Error('the connection was replaced')

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
  /** The last attempt to connect. */
  #attempt: Promise<void>
  #failedAt = 0
  /** The newest connection as soon as it takes packets: what subscribes to goes before them. Undefined when that failed. */
  #opening: Promise<BrokerConnection | undefined> = Promise.resolve(undefined)
  /** Rejects work under way when another connection takes the place of this one. */
  #underWay = new Set<(reason: Error) => void>()
  /** The session that is being verified. */
  #verified: AbortController | undefined

  constructor(options: BrokerLinkOptions) {
    this.#options = options
    this.#status = { url: redactUrl(options.url), state: 'connecting', health: UNKNOWN_HEALTH }
    this.#attempt = this.#connect()
  }

  get status(): BrokerStatus {
    return this.#status
  }

  /** Resolves when the connection takes packets. Rejects where the broker has failed, or fails. */
  async opened(): Promise<void> {
    const connection = this.#failures === 0 ? await this.#opening : this.#connection
    if (connection === undefined) throw new Error(this.#status.reason ?? 'not connected yet')
  }

  /**
   * Somebody needs a broker, and none is up: does not wait for the time of the next attempt, which may be a minute away. Rejects
   * where the broker does not come up.
   */
  async redial(): Promise<void> {
    const { clock } = this.#options.runtime
    const isIdle = this.#status.state === 'down' && this.#session.signal.aborted
    if (!this.#closed && isIdle && clock.now() - this.#failedAt >= REDIAL_MS) {
      this.#cancelRetry()
      this.#attempt = this.#connect()
    }
    await this.#attempt
    if (this.#connection === undefined) throw new Error(this.#status.reason ?? 'not connected yet')
  }

  /**
   * Does something with the connection, waiting for the first one. The work begins anew when another connection takes the
   * place of that one. Rejects with `SIGNAL_BROKER`, naming broker and reason, in bounded time.
   */
  async use<T>(work: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    try {
      return await this.#useOnce(work).catch((error: unknown) => {
        if (error !== REPLACED) throw error
        return this.#useOnce(work)
      })
    } catch (error) {
      throw new SignalError('SIGNAL_BROKER', `broker ${this.#status.url}: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }

  async #useOnce<T>(work: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    const session = this.#session
    // A broker that has failed is not waited for: another one takes the message.
    const opening = this.#failures === 0 ? this.#opening : Promise.resolve(this.#connection)
    try {
      const connection = await this.#unlessReplaced(opening)
      if (!connection) throw new Error(this.#status.reason ?? 'not connected yet')
      return await this.#inTime(this.#unlessReplaced(work(connection)))
    } catch (error) {
      if (error instanceof LateError) this.#down(session, error.message)
      // A connection that the link has ended says no more than that.
      else if (session.signal.aborted && error !== REPLACED)
        throw new Error(this.#status.reason ?? messageOf(error), { cause: error })
      throw error
    }
  }

  #unlessReplaced<T>(work: Promise<T>): Promise<T> {
    const underWay = this.#underWay
    return new Promise((resolve, reject) => {
      underWay.add(reject)
      void work.then(resolve, reject).finally(() => underWay.delete(reject))
    })
  }

  /** Publishes a message, and rates the broker by how that goes. */
  async publish(topic: string, payload: Uint8Array, options?: PublishOptions): Promise<void> {
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
    this.#replace(reason)
  }

  /**
   * The connection may be dead: that of a peer has fallen silent. A connection whose broker does not answer a ping is made
   * again at once.
   */
  async verify(): Promise<void> {
    const [session, connection] = [this.#session, this.#connection]
    if (connection?.ping === undefined || this.#verified === session) return
    this.#verified = session
    const { roundTripMs = 0 } = this.#status.health
    const timeoutMs = Math.max(MIN_PING_MS, Math.min(PING_ROUND_TRIPS * roundTripMs, MAX_PING_MS))
    const isAlive = await this.#inTime(connection.ping(), timeoutMs).then(
      () => true,
      () => false,
    )
    this.#verified = undefined
    if (isAlive || session.signal.aborted) return
    this.#replace(`no answer to a ping within ${Math.round(timeoutMs)} ms`)
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

  /** Gives up the connection, or what it waits for, and connects at once. */
  #replace(reason: string): void {
    const underWay = this.#underWay
    this.#underWay = new Set()
    this.#session.abort()
    this.#cancelRetry()
    this.#connection = undefined
    this.#failures = 0
    this.#options.runtime.log?.('broker-down', { url: this.#status.url, reason, retryInMs: 0 })
    const { url, health } = this.#status
    this.#setStatus({ url, state: 'down', reason, health })
    this.#attempt = this.#connect()
    for (const reject of underWay) reject(REPLACED)
  }

  async #connect(): Promise<void> {
    const session = new AbortController()
    this.#session = session
    let opened = (_?: BrokerConnection) => {}
    this.#opening = new Promise((resolve) => {
      opened = resolve
    })
    try {
      const { clock } = this.#options.runtime
      const connection = await withinRoundTrips(clock, (measured) => this.#open(session, measured, opened))
      if (session.signal.aborted) return
      this.#connection = connection
      opened(connection)
      this.#upSince = clock.now()
      const { localAddress } = connection
      const { url, health } = this.#status
      this.#setStatus({ url, state: 'up', ...(localAddress !== undefined && { localAddress }), health })
    } catch (error) {
      this.#down(session, messageOf(error))
    } finally {
      opened()
    }
  }

  async #open(
    session: AbortController,
    measured: (roundTripMs: number) => void,
    opened: (connection: BrokerConnection) => void,
  ): Promise<BrokerConnection> {
    const connection = await this.#options.connect(this.#options.url, session.signal, measured)
    session.signal.addEventListener('abort', () => void connection.close(), { once: true })
    connection.onEnd((reason) => this.#down(session, reason))
    if (session.signal.aborted) {
      await connection.close()
      return connection
    }
    const subscribed = this.#options.onConnection(connection)
    if (!this.#isMute) opened(connection)
    await subscribed
    const fault = this.#isMute ? await this.#options.deliveryFault?.(connection) : undefined
    if (fault !== undefined) throw new Error(fault)
    this.#isMute = false
    return connection
  }

  #down(session: AbortController, reason: string): void {
    if (session.signal.aborted) return
    session.abort()
    const { clock, random, log } = this.#options.runtime
    this.#failedAt = clock.now()
    const lasted = this.#connection ? clock.now() - this.#upSince : 0
    this.#failures = lasted > STABLE_MS ? 1 : this.#failures + 1
    this.#connection = undefined
    const retryInMs = backoffMs(this.#failures, (random(1)[0] ?? 0) / 255)
    this.#cancelRetry = clock.at(clock.now() + retryInMs, () => {
      this.#attempt = this.#connect()
    })
    const { url, health } = this.#status
    log?.('broker-down', { url, reason, retryInMs })
    this.#setStatus({ url, state: 'down', reason, health: afterFailure(health) })
  }

  #inTime<T>(work: Promise<T>, timeoutMs = BROKER_TIMEOUT_MS): Promise<T> {
    const { clock } = this.#options.runtime
    return inTime(work, { clock, timeoutMs, timedOut: () => new LateError(timeoutMs) })
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
