import { type VirtualBroker, type VirtualHost, type VirtualInternet } from '@p2pd/lab'
import { type Clock, type Network, watchInterfaces } from '@p2pd/netif'
import {
  type BrokerState,
  createNode,
  formatNodeId,
  type Identity,
  type Node,
  type NodeOptions,
  type Runtime,
  type TurnServer,
} from '@p2pd/node'
import { loadRelayOpener, verifyEd25519 } from '@p2pd/node/node'
import { openPortMapper } from '@p2pd/portmap'
import { type ConnectBroker, createSignal } from '@p2pd/signal-mqtt'
import { Session, systemHmac } from '@p2pd/session/node'
import { identityFromSeed, nodeCrypto } from '@p2pd/signal-mqtt/node'
import { laterSecure, laterSignal } from './later-version.ts'
import { virtualSecure } from './virtual-secure.ts'
import { virtualUdx } from './virtual-udp-stream.ts'

// Before any virtual time passes.
const relayOpener = await loadRelayOpener()

/** The date of the simulations; any date works. */
const EPOCH = Date.UTC(2030, 0, 1)

/** Options of a node in the virtual Internet. */
export interface VirtualNodeOptions
  extends Pick<NodeOptions, 'publishLan' | 'echo' | 'stun' | 'port' | 'resumeMs' | 'keepAlive' | 'relay'> {
  readonly net: VirtualInternet
  readonly host: VirtualHost
  readonly brokers: readonly VirtualBroker[]
  /** Replaces the host's network, to watch it. @default the host's */
  readonly network?: Network
  /** Replaces the Internet's clock, to watch it. @default the Internet's */
  readonly clock?: Clock
  /** The error of the host's date, in milliseconds. @default 0 */
  readonly skewMs?: number
  /** Whether it speaks as a later version does, which this one must understand. @default false */
  readonly isLater?: boolean
  /** Whether it learns from which address it has reached a broker, as it does over real TCP. @default false */
  readonly knowsBrokerPath?: boolean
  /** The seed of its keys, 32 bytes. @default random */
  readonly seed?: Uint8Array
  /** Whether it asks gateways for port mappings. @default false */
  readonly mapsPort?: boolean
  /** The TURN servers that it knows. @default none */
  readonly turn?: readonly TurnServer[]
}

/** A real node, with its real signalling, on a virtual host. */
export async function virtualNode(options: VirtualNodeOptions): Promise<Node> {
  const {
    net,
    host,
    brokers,
    network = host.network,
    clock = net.clock,
    skewMs = 0,
    isLater = false,
    mapsPort = false,
    knowsBrokerPath = false,
    turn = [],
    seed = host.random(32),
    ...nodeOptions
  } = options
  const keys = identityFromSeed(seed)
  const identity: Identity = {
    id: formatNodeId(keys.publicKey),
    publicKey: keys.publicKey,
    sign: (data) => keys.sign(data),
  }
  const shared = { clock, wallClock: () => EPOCH + skewMs + clock.now(), random: host.random }
  const urls = brokers.map((_, index) => `mqtt://broker${index}`)
  const onBrokers = new Set<(broker: BrokerState) => void>()
  const brokerSignal = createSignal({
    onBroker: (broker) => {
      for (const listener of onBrokers) listener(broker)
    },
    brokers: urls,
    identity: keys,
    runtime: shared,
    crypto: nodeCrypto,
    connect: connectTo(
      host,
      new Map(urls.map((url, index) => [url, brokers[index] as VirtualBroker])),
      knowsBrokerPath ? { localAddress: host.ip } : {},
    ),
  })
  const onBroker = (listener: (broker: BrokerState) => void) => {
    onBrokers.add(listener)
    return () => void onBrokers.delete(listener)
  }
  const told = { onBroker, brokers: () => brokerSignal.status() }
  const signal = knowsBrokerPath ? Object.assign(brokerSignal, told) : brokerSignal
  const runtime: Runtime = {
    ...shared,
    network,
    watchNetwork: (onChange) =>
      watchInterfaces({
        list: () => network.interfaces(),
        clock,
        onChange: (_, interfaces) => onChange(interfaces),
        hint: () => host.addressesInUse.join(),
      }),
    secure: isLater ? laterSecure(virtualSecure(identity)) : virtualSecure(identity),
    openSession: (how) => new Session({ clock, ...how }),
    hmac: systemHmac,
    verify: verifyEd25519,
    udx: virtualUdx(network, clock),
    ...(mapsPort && { openPortMapper: () => openPortMapper({ network, clock, random: host.random }) }),
  }
  return createNode({
    identity,
    runtime,
    signal: isLater ? laterSignal(signal) : signal,
    relayOpener: relayOpener(turn, runtime),
    ...nodeOptions,
  })
}

function connectTo(
  host: VirtualHost,
  brokers: ReadonlyMap<string, VirtualBroker>,
  path: { readonly localAddress?: string },
): ConnectBroker {
  return async (url) => {
    const broker = brokers.get(url)
    if (broker === undefined || !broker.up) throw new Error('connection refused')
    const client = broker.connect(host)
    return {
      ...path,
      retains: true,
      publish: (topic, payload, options = {}) =>
        client.publish(topic, payload, { retain: options.retain ?? false }),
      subscribe: (topic, listener) => client.subscribe(topic, (payload) => listener(payload)),
      // A subscription is a round trip as well.
      ping: async () => (await client.subscribe('ping', () => {}))(),
      onEnd: (listener) => client.onEnd(listener),
      close: () => Promise.resolve(client.close()),
    }
  }
}
