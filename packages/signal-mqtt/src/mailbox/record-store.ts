import type { BrokerConnection } from '../brokers/broker.ts'
import type { BrokerLink } from '../brokers/broker-link.ts'
import type { BrokerPool } from '../brokers/broker-pool.ts'
import type { SignalCrypto, SignalIdentity } from '../envelope/crypto.ts'
import { inTime, unlessAborted } from '../deadline.ts'
import { CLOCK_TOLERANCE_MS } from './mailbox.ts'
import { type DatedRecord, NONCE_LENGTH, openRecord, sealRecord } from '../envelope/record.ts'
import type { SignalRuntime } from '../runtime.ts'
import { SignalError } from '../signal-error.ts'
import { recordTopic } from '../envelope/topic.ts'

/** The record of a node that vanished still shows up during this time. */
const LIFETIME_MS = 3_600_000
/** Brokers send what they retain right after they confirm the subscription; slow ones get this long. */
const GRACE_MS = 100
/** Taking the record back from the brokers must not hold up the end of a program. */
const CLEAR_MS = 500
/**
 * A subscription to a record ends so long after it was made. A broker with Nagle's algorithm holds the callee's answer until
 * UNSUBACK is acknowledged, so nothing is unsubscribed while that answer is on its way. RFC 9293 §3.7.4.
 */
const LEAVE_MS = 2000
/** A broker that ends the connection on a retained message twice in a row is not given a third. */
const MAX_STRIKES = 2

/** Records: what nodes leave on their brokers for who knows their public key. */
export interface Records {
  /**
   * Keeps a record with this body on all our brokers, in place of the last one, until signalling is
   * closed. Resolves when each broker that is up has been tried. Throws `SIGNAL_TOO_LARGE`.
   */
  publish(body: Uint8Array): Promise<void>
  /**
   * The record of a node, or undefined when no broker has a good one. Shortly after another fetch it may be the record of a
   * moment ago. A broker sends several copies, and some of the earlier ones come late.
   */
  fetch(owner: Uint8Array, signal?: AbortSignal): Promise<DatedRecord | undefined>
}

/** Keeps a node's record on its brokers and fetches those of others. */
export class RecordStore implements Records {
  readonly #pool: BrokerPool
  readonly #crypto: SignalCrypto
  readonly #identity: SignalIdentity
  readonly #runtime: SignalRuntime
  readonly #kept = new Map<BrokerLink, boolean>()
  readonly #strikes = new Map<BrokerLink, number>()
  #body: Uint8Array | undefined
  #sealed = new Uint8Array()
  #cancelRefresh = () => {}
  #closed = false
  readonly #leaving = new Set<() => void>()

  constructor(
    pool: BrokerPool,
    ports: {
      readonly crypto: SignalCrypto
      readonly identity: SignalIdentity
      readonly runtime: SignalRuntime
    },
  ) {
    this.#pool = pool
    this.#crypto = ports.crypto
    this.#identity = ports.identity
    this.#runtime = ports.runtime
  }

  async publish(body: Uint8Array): Promise<void> {
    const { clock, wallClock, random } = this.#runtime
    const sentAt = Math.max(0, Math.round(wallClock()))
    const record = { sentAt, expiresAt: sentAt + LIFETIME_MS, body }
    this.#sealed = Uint8Array.from(sealRecord(this.#crypto, this.#identity, record, random(NONCE_LENGTH)))
    this.#body = body
    this.#cancelRefresh()
    this.#cancelRefresh = clock.at(clock.now() + LIFETIME_MS / 2, () => void this.publish(body))
    await Promise.all(this.#pool.home.map((link) => this.publishTo(link)))
  }

  /** Brings the record, if there is one, to a broker that is up. Failing is the broker's business: it is noted. */
  async publishTo(link: BrokerLink): Promise<void> {
    if (!this.#body || link.status.state !== 'up' || (this.#strikes.get(link) ?? 0) >= MAX_STRIKES) return
    try {
      if (await link.use(async ({ retains }) => retains)) {
        await link.publish(this.#topic(), this.#sealed, { retain: true, expiresInMs: LIFETIME_MS })
        this.#strikes.delete(link)
        if (!this.#kept.get(link))
          this.#kept.set(link, (await this.#fetchFrom(link, this.#identity.publicKey)) !== undefined)
      } else this.#kept.set(link, false)
    } catch (error) {
      this.#strikes.set(link, (this.#strikes.get(link) ?? 0) + 1)
      this.#kept.set(link, false)
      this.#runtime.log?.('record-refused', { url: link.status.url, error })
    }
    // A broker that keeps the record delivers messages, too. Of any other one this has to be found out.
    if (this.#kept.get(link) === false && !this.#closed) void link.checkDelivery()
  }

  async fetch(owner: Uint8Array, signal?: AbortSignal): Promise<DatedRecord | undefined> {
    const answers = this.#pool.of(owner).map(async (link) => {
      const record = await this.#fetchFrom(link, owner)
      if (!record) throw new Error(`${link.status.url} has no record`)
      return record
    })
    // A missing record is an answer, too.
    const first = Promise.any(answers).catch(() => undefined)
    return unlessAborted(first, signal)
  }

  /** Whether a broker keeps our record; undefined as long as that is not known. */
  keeps(link: BrokerLink): boolean | undefined {
    return this.#kept.get(link)
  }

  /** Takes the record back, as far as that works at once. */
  async close(): Promise<void> {
    this.#cancelRefresh()
    for (const cancel of this.#leaving) cancel()
    this.#closed = true
    if (!this.#body) return
    this.#body = undefined
    const links = this.#pool.home.filter((link) => this.#kept.get(link) && link.status.state === 'up')
    const gone = Promise.allSettled(
      links.map((link) => link.publish(this.#topic(), new Uint8Array(), { retain: true })),
    )
    const timedOut = () =>
      new SignalError('SIGNAL_BROKER', `the record was not taken back within ${CLEAR_MS} ms`)
    await inTime(gone, { clock: this.#runtime.clock, timeoutMs: CLEAR_MS, timedOut }).catch(
      (error: unknown) => this.#runtime.log?.('record-left', { error }),
    )
  }

  #fetchFrom(link: BrokerLink, owner: Uint8Array): Promise<DatedRecord | undefined> {
    return link.use((connection) => this.#fetchOver(connection, owner))
  }

  /** Subscribes for as long as it takes the broker to send what it retains. */
  async #fetchOver(connection: BrokerConnection, owner: Uint8Array): Promise<DatedRecord | undefined> {
    const { clock } = this.#runtime
    const startedAt = clock.now()
    let found: (record: DatedRecord) => void = () => {}
    const record = new Promise<DatedRecord>((resolve) => {
      found = resolve
    })
    const topic = recordTopic(this.#crypto, owner)
    let isFound = false
    const listener = (payload: Uint8Array) => {
      const read = isFound ? undefined : this.#read(owner, payload)
      if (read === undefined) return
      isFound = true
      found(read)
    }
    const subscribing = connection.subscribe(topic, listener, { awaitsRetained: true })
    let cancel = () => {}
    const nothing = subscribing.then(() => {
      const grace = Math.max(GRACE_MS, clock.now() - startedAt)
      return new Promise<undefined>((resolve) => {
        cancel = clock.at(clock.now() + grace, () => resolve(undefined))
      })
    })
    try {
      return await Promise.race([record, nothing])
    } finally {
      // Where subscribing fails, `nothing` has failed with the same error.
      subscribing.then(
        (stop) => {
          cancel()
          this.#leaveLater(stop)
        },
        () => {},
      )
    }
  }

  #leaveLater(stop: () => void): void {
    if (this.#closed) return
    const { clock } = this.#runtime
    const cancel = clock.at(clock.now() + LEAVE_MS, () => {
      this.#leaving.delete(cancel)
      stop()
    })
    this.#leaving.add(cancel)
  }

  /** A record that is good now, or undefined: anyone who knows the topic may have published there. */
  #read(owner: Uint8Array, payload: Uint8Array): DatedRecord | undefined {
    try {
      const record = openRecord(this.#crypto, owner, payload)
      return this.#runtime.wallClock() > record.expiresAt + CLOCK_TOLERANCE_MS ? undefined : record
    } catch (error) {
      if (!(error instanceof SignalError)) throw error
      return undefined
    }
  }

  #topic(): string {
    return recordTopic(this.#crypto, this.#identity.publicKey)
  }
}
