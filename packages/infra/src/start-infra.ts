import type { Clock, Network, RandomBytes } from '@p2pd/netif'
import { InfraError } from './infra-error.ts'
import { startMqttBroker } from './mqtt-broker.ts'
import { formatTurnUri } from '@p2pd/turn'
import { formatStunUri, parseStunUri } from '@p2pd/stun'
import { startStunServer } from './stun-server.ts'
import { hostsOf, type TlsCertificate } from './nodejs/tls-server.ts'
import type { TurnOptions } from './turn/start-turn.ts'

/** Where to run the servers. */
export interface InfraOptions {
  /** Addresses to listen on; two of a family make STUN answer the tests of RFC 5780. @default 127.0.0.1 */
  readonly hosts?: readonly string[]
  /** @default 1883; 0 lets the system choose */
  readonly mqttPort?: number
  /** @default 3478; 0 lets the system choose */
  readonly stunPort?: number
  /** Relays for these users, on the port of STUN. @default no TURN */
  readonly turn?: TurnOptions
  /** Serves STUN, TURN and MQTT over TLS, and STUN and TURN over DTLS as well, on the same ports. @default neither */
  readonly tls?: TlsCertificate
  /** @default the machine's own */
  readonly network?: Network
  /** @default the machine's own */
  readonly clock?: Clock
  /** @default the machine's own */
  readonly random?: RandomBytes
}

/** A servers file: the servers that a node uses. */
export interface Servers {
  readonly stun: string[]
  readonly turn: { readonly uri: string; readonly username: string; readonly credential: string }[]
  readonly mqtt: string[]
}

/** The running servers. */
export interface Infra {
  readonly servers: Servers
  /** The same over TLS, by the names of the certificate; missing without one. */
  readonly tlsServers?: Servers
  close(): Promise<void>
}

/** IANA's port of MQTT. */
const MQTT_PORT = 1883

/** RFC 8489 §18.6. */
const STUN_PORT = 3478

/**
 * Starts a STUN server, with TURN if there are users, and an MQTT broker. When one of them cannot listen, neither stays.
 *
 * Rejects with `INFRA_INVALID_ARGUMENT` for bad hosts or a bad certificate. When it cannot listen, the code is `INFRA_ADDRESS_IN_USE`,
 * `INFRA_ADDRESS_NOT_AVAILABLE`, `INFRA_PERMISSION` or `INFRA_LISTEN`.
 */
export async function startInfra(options: InfraOptions = {}): Promise<Infra> {
  const {
    hosts = ['127.0.0.1'],
    mqttPort = MQTT_PORT,
    stunPort = STUN_PORT,
    network,
    clock,
    random,
  } = options
  const ports = { ...(network && { network }), ...(clock && { clock }) }
  const { turn, tls } = options
  const relay = { ...(turn && { turn }), ...(tls && { tls }), ...(random && { random }) }
  const starting = [
    startStunServer({ hosts, port: stunPort, ...relay, ...ports }),
    startMqttBroker({ hosts, port: mqttPort, ...(tls && { tls }), ...ports }),
  ] as const
  const started = await Promise.allSettled(starting)
  const close = async () => {
    await Promise.all(
      started.flatMap((server) => (server.status === 'fulfilled' ? [server.value.close()] : [])),
    )
  }
  const faults = started.flatMap((server) => (server.status === 'rejected' ? [server.reason as unknown] : []))
  if (faults.length > 0) {
    await close()
    throw oneOf(faults)
  }
  const [stun, mqtt] = await Promise.all(starting)
  const servers = { stun: [...stun.uris], turn: turnEntries(stun.uris, turn), mqtt: [...mqtt.urls] }
  if (tls === undefined) return { servers, close }
  const tlsServers = secureServers(hostsOf(tls), { stunPort: stun.port, mqttPort: mqtt.port }, turn)
  return { servers, tlsServers, close }
}

/** One error with the words of all, so that a user need not mend the ports one after the other. */
function oneOf([first, second]: readonly unknown[]): unknown {
  if (!(first instanceof InfraError && second instanceof InfraError)) return first
  if (first.message === second.message) return first
  return new InfraError(first.code, `${first.message}; ${second.message}`, { cause: first })
}

/** Entries of a servers file for hosts by whose names clients check the certificate. RFC 7064, RFC 7065. */
function secureServers(
  hosts: readonly string[],
  { stunPort, mqttPort }: { readonly stunPort: number; readonly mqttPort: number },
  turn: TurnOptions | undefined,
): Servers {
  const [user] = Object.entries(turn?.users ?? {})
  const stun = hosts.map((host) => formatStunUri({ scheme: 'stuns', host, port: stunPort, transport: 'tcp' }))
  const mqtt = hosts.map((host) => `mqtts://${host.includes(':') ? `[${host}]` : host}:${mqttPort}`)
  if (user === undefined) return { stun, turn: [], mqtt }
  const [username, credential] = user
  const relays = hosts.map((host) => {
    const uri = formatTurnUri({ scheme: 'turns', host, port: stunPort, transport: 'tcp' })
    return { uri, username, credential }
  })
  return { stun, turn: relays, mqtt }
}

/** Entries of a servers file, with the first user: each address over UDP and over TCP. */
function turnEntries(stunUris: readonly string[], turn: TurnOptions | undefined): Servers['turn'] {
  const [user] = Object.entries(turn?.users ?? {})
  if (user === undefined) return []
  const [username, credential] = user
  return stunUris.map((uri) => {
    const { host, port, transport } = parseStunUri(uri)
    return { uri: formatTurnUri({ scheme: 'turn', host, port, transport }), username, credential }
  })
}
