import { setTimeout as delay } from 'node:timers/promises'
import type { BrokerConnection, PublishOptions, SubscribeOptions } from '../brokers/broker.ts'
import { VersionRefused } from '../mqtt/mqtt-fault.ts'
import type { ProtocolVersion } from '../mqtt/packet.ts'
import type { MqttConnection } from './mqtt-connection.ts'

/** Of two connections begun at the same moment, the other one is waited for so long: jitter, not another trip. */
const OTHER_VERSION_MS = 100

/** Opens a connection by one version; the broker may not have accepted it yet. */
export type Open = (version: ProtocolVersion, signal: AbortSignal) => Promise<MqttConnection>

/** Two connections to a broker that begin together, and the better one of those that the broker accepts. */
export interface BothVersions {
  /** By MQTT 5, before the broker has accepted it. */
  readonly five: Promise<MqttConnection>
  /** Accepted by the broker. The other one is ended in good order. */
  readonly chosen: Promise<MqttConnection>
}

/** Connects by the better of the versions that the broker accepts. `learn` is called with it. */
export function openBoth(
  open: Open,
  signal: AbortSignal,
  learn: (version: ProtocolVersion, fiveFailed?: VersionRefused) => void,
): BothVersions {
  const late = new AbortController()
  const either = AbortSignal.any([signal, late.signal])
  const opened = open(5, either)
  const [five, four] = [accepted(opened), accepted(open(4, either))]
  five.then(
    () => learn(5),
    async (error: unknown) => {
      if (error instanceof VersionRefused) await four.then(() => learn(4, error), nothing)
    },
  )
  return { five: opened, chosen: choose(five, four, late) }
}

async function choose(
  five: Promise<MqttConnection>,
  four: Promise<MqttConnection>,
  late: AbortController,
): Promise<MqttConnection> {
  const kept = await Promise.any([
    five.then((connection) => ({ connection, other: four })),
    four.then((connection) => settledOrLate(five).then(() => ({ connection, other: five }))),
  ]).catch(({ errors }: AggregateError) => {
    // An error other than the version is the one to be mended.
    throw errors.find((error) => !(error instanceof VersionRefused)) ?? errors[0]
  })
  void settledOrLate(kept.other).then(() => {
    late.abort()
    return kept.other.then((connection) => connection.close(), nothing)
  })
  return kept.connection
}

/**
 * A connection of which nobody knows yet by which version it is. Requests travel along with the CONNECT of MQTT 5. They are
 * made again by the other version where that is the one: a recipient drops the second copy of a message.
 */
export class EitherVersion implements BrokerConnection {
  readonly localAddress: string | undefined
  readonly #five: MqttConnection
  readonly #chosen: Promise<MqttConnection>
  #settled: MqttConnection | undefined
  #isClosed = false

  constructor(five: MqttConnection, chosen: Promise<MqttConnection>) {
    this.localAddress = five.localAddress
    this.#five = five
    this.#chosen = chosen
    chosen.then((connection) => (this.#settled = connection), nothing)
  }

  get retains(): boolean {
    return (this.#settled ?? this.#five).retains
  }

  publish(topic: string, payload: Uint8Array, options?: PublishOptions): Promise<void> {
    return this.#request((connection) => connection.publish(topic, payload, options))
  }

  subscribe(
    topic: string,
    listener: (payload: Uint8Array) => void,
    options?: SubscribeOptions,
  ): Promise<() => void> {
    return this.#request((connection) => connection.subscribe(topic, listener, options))
  }

  ping(): Promise<void> {
    return this.#request((connection) => connection.ping())
  }

  onEnd(listener: (reason: string) => void): void {
    this.#chosen.then(
      (connection) => connection.onEnd(listener),
      (error: Error) => {
        if (!this.#isClosed) listener(error.message)
      },
    )
  }

  async close(): Promise<void> {
    this.#isClosed = true
    // Where nothing is settled there is nothing to wait for.
    if (this.#settled === undefined) this.#five.abort(new Error('the connection was closed'))
    await this.#chosen.then((connection) => connection.close(), nothing)
  }

  async #request<Result>(make: (connection: MqttConnection) => Promise<Result>): Promise<Result> {
    if (this.#settled !== undefined) return make(this.#settled)
    const early = make(this.#five)
    early.catch(nothing)
    const chosen = await this.#chosen
    return chosen === this.#five ? early : make(chosen)
  }
}

/** The connection once the broker has accepted it. */
async function accepted(opened: Promise<MqttConnection>): Promise<MqttConnection> {
  const connection = await opened
  await connection.accepted
  return connection
}

/** Resolves when something has come to its end, good or bad, or is late. */
async function settledOrLate(work: Promise<unknown>): Promise<void> {
  const settled = new AbortController()
  await Promise.race([
    work.then(nothing, nothing),
    delay(OTHER_VERSION_MS, undefined, { signal: settled.signal }).catch(nothing),
  ])
  settled.abort()
}

function nothing(): void {}
