import { setTimeout as delay } from 'node:timers/promises'
import type { BrokerConnection, ConnectBroker } from '../brokers/broker.ts'
import type { ProtocolVersion } from '../brokers/publish-packet.ts'
import type { MqttOptions } from './broker-socket.ts'
import { openClient } from './mqtt-client.ts'
import { VersionRefused } from './mqtt-error.ts'

/** Of two connections begun at the same moment, the other one is waited for so long: jitter, not another trip. */
const OTHER_VERSION_MS = 100

/** Connects by one version. */
type Open = (version: ProtocolVersion, signal: AbortSignal) => Promise<BrokerConnection>

/**
 * Connects by MQTT 5 or 3.1.1. A new broker gets both at once, under two client ids, and the result is remembered.
 * One after the other would cost a broker of the older version two round trips. Where both are accepted 5 is kept:
 * it says whether the broker retains messages, and lets messages expire.
 */
export function mqttConnector(options: MqttOptions = {}): ConnectBroker {
  const versions = new Map<string, ProtocolVersion>()
  return async (url, signal, onDialled = () => {}) => {
    const open: Open = (protocolVersion, abort) =>
      openClient({ ...options, url, protocolVersion }, abort, onDialled)
    const known = versions.get(url)
    if (known === undefined) return openEither(open, signal, (version) => versions.set(url, version))
    try {
      return await open(known, signal)
    } catch (error) {
      if (error instanceof VersionRefused) versions.delete(url)
      throw error
    }
  }
}

/** Connects by the better of the versions that the broker accepts. */
async function openEither(
  open: Open,
  signal: AbortSignal,
  learn: (version: ProtocolVersion) => void,
): Promise<BrokerConnection> {
  const late = new AbortController()
  const either = AbortSignal.any([signal, late.signal])
  const [five, four] = [open(5, either), open(4, either)]
  five.then(
    () => learn(5),
    async (error: unknown) => {
      if (error instanceof VersionRefused) await four.then(() => learn(4), nothing)
    },
  )
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
