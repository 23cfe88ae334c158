import type { BrokerConnection, ConnectBroker } from '../brokers/broker.ts'
import { Unanswered, VersionRefused } from '../mqtt/mqtt-fault.ts'
import type { ProtocolVersion } from '../mqtt/packet.ts'
import type { MqttOptions } from './broker-socket.ts'
import { EitherVersion, type Open, openBoth } from './either-version.ts'
import { openConnection } from './open-connection.ts'

/**
 * Connects by MQTT 5 or 3.1.1. A new broker gets both at once, under two client ids, and the result is remembered.
 * One after the other would cost a broker of the older version two round trips. Where both are accepted 5 is kept:
 * it says whether the broker retains messages, and lets messages expire.
 *
 * With `isEarly` a broker that ends a connection without an answer is not sent early requests a second time.
 */
export function mqttConnector({ isEarly = false, ...options }: MqttOptions = {}): ConnectBroker {
  const versions = new Map<string, ProtocolVersion>()
  /** Brokers that get nothing before they have answered CONNECT. */
  const patient = new Set<string>()
  return async (url, signal, onDialled = () => {}) => {
    const open: Open = (version, abort) => openConnection({ ...options, url, version }, abort, onDialled)
    const mayBeEarly = isEarly && !patient.has(url)
    const learn = (version: ProtocolVersion, fiveFailed?: VersionRefused) => {
      versions.set(url, version)
      if (mayBeEarly && fiveFailed instanceof Unanswered) patient.add(url)
    }
    const known = versions.get(url)
    if (known === undefined) {
      const { five, chosen } = openBoth(open, signal, learn)
      chosen.catch(() => {})
      return mayBeEarly ? openEarly(five, chosen) : chosen
    }
    const connection = await open(known, signal)
    const accepted = connection.accepted.catch((error: unknown) => {
      if (error instanceof VersionRefused) versions.delete(url)
      if (mayBeEarly && error instanceof Unanswered) patient.add(url)
      throw error
    })
    accepted.catch(() => {}) // The requests say so, too.
    if (!mayBeEarly) await accepted
    return connection
  }
}

/** The connection by MQTT 5 as soon as that is dialled; the other one where it cannot be dialled. */
async function openEarly(five: ReturnType<Open>, chosen: ReturnType<Open>): Promise<BrokerConnection> {
  const opened = await five.catch(() => undefined)
  return opened === undefined ? chosen : new EitherVersion(opened, chosen)
}
