import { networkInterfaces } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { EndSettings } from './end-protocol.ts'
import { type EndNode, type EndStream, loadModule } from './end.ts'

/* oxlint-disable typescript/no-explicit-any */
const PROTOCOL = '/echo/1.0.0'
const POLL_MS = 10
const PORT = 4002

const NAMES = {
  libp2p: 'libp2p',
  tcp: '@libp2p/tcp',
  webrtc: '@libp2p/webrtc',
  relay: '@libp2p/circuit-relay-v2',
  dcutr: '@libp2p/dcutr',
  identify: '@libp2p/identify',
  noise: '@libp2p/noise',
  yamux: '@libp2p/yamux',
  multiaddr: '@multiformats/multiaddr',
} as const
type Modules = Readonly<Record<keyof typeof NAMES, any>>

/** Loads the modules of js-libp2p that a program of these names needs. */
export async function loadModules(names: readonly (keyof typeof NAMES)[]): Promise<Modules> {
  const all = ['libp2p', 'tcp', 'relay', 'identify', 'noise', 'yamux', 'multiaddr', ...names] as const
  const loaded = await Promise.all(all.map(async (key) => [key, await loadModule(NAMES[key])] as const))
  return Object.fromEntries(loaded) as unknown as Modules
}

/** The additions of a program to TCP and the circuit relay. */
export interface Additions {
  readonly transports?: readonly unknown[]
  readonly listen?: readonly string[]
  readonly services?: Readonly<Record<string, unknown>>
}

/** A node of js-libp2p with a reservation at the relay. */
export class Libp2pNode {
  readonly #node: any
  readonly #modules: Modules
  readonly #circuit: string

  private constructor(node: any, modules: Modules, circuit: string) {
    this.#node = node
    this.#modules = modules
    this.#circuit = circuit
  }

  static async start(modules: Modules, { circuitRelay }: EndSettings, more: Additions): Promise<Libp2pNode> {
    const { libp2p, tcp, relay, identify, noise, yamux } = modules
    const circuit = `${circuitRelay}/p2p-circuit`
    const node = await libp2p.createLibp2p({
      addresses: {
        listen: [`/ip4/0.0.0.0/tcp/${PORT}`, `/ip6/::/tcp/${PORT}`, circuit, ...(more.listen ?? [])],
        appendAnnounce: publicAddresses(),
      },
      transports: [tcp.tcp(), relay.circuitRelayTransport(), ...(more.transports ?? [])],
      connectionEncrypters: [noise.noise()],
      streamMuxers: [yamux.yamux()],
      services: { identify: identify.identify(), ...more.services },
    })
    const isReserved = () => node.getMultiaddrs().some((one: any) => String(one).includes('/p2p-circuit'))
    while (!isReserved()) await delay(POLL_MS)
    return new Libp2pNode(node, modules, circuit)
  }

  listen: EndNode['listen'] = async (onStream) => {
    const handler = (stream: any) => onStream(ofStream(stream))
    await this.#node.handle(PROTOCOL, handler, { runOnLimitedConnection: true })
    return this.#node.peerId.toString() as string
  }

  /** A stream over a new WebRTC connection; the relay carries its descriptions. */
  async overWebrtc(target: string, limitMs: number): Promise<EndStream> {
    const address = this.#modules.multiaddr.multiaddr(`${this.#circuit}/webrtc/p2p/${target}`)
    const signal = AbortSignal.timeout(limitMs)
    return ofStream(await this.#node.dialProtocol(address, PROTOCOL, { signal }))
  }

  /** A stream over a connection through the relay. */
  async overRelay(target: string): Promise<EndStream> {
    const address = this.#modules.multiaddr.multiaddr(`${this.#circuit}/p2p/${target}`)
    const connection = this.#connection(target, true) ?? (await this.#node.dial(address))
    return ofStream(await connection.newStream(PROTOCOL, { runOnLimitedConnection: true }))
  }

  /** A stream over a connection that is not relayed, as soon as there is one; undefined when it takes too long. */
  async overDirect(target: string, limitMs: number): Promise<EndStream | undefined> {
    for (let waitedMs = 0; waitedMs < limitMs; waitedMs += POLL_MS) {
      const connection = this.#connection(target, false)
      if (connection !== undefined) return ofStream(await connection.newStream(PROTOCOL))
      await delay(POLL_MS)
    }
    return undefined
  }

  #connection(target: string, isRelayed: boolean): any {
    return this.#node.getConnections().find(({ remotePeer, remoteAddr, status }: any) => {
      const relays = String(remoteAddr).includes('/p2p-circuit')
      return String(remotePeer) === target && relays === isRelayed && status === 'open'
    })
  }
}

/** A host without a NAT announces its address, as its administrator would set it: a node trusts only verified ones. */
function publicAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  return addresses
    .filter(({ family, internal, address }) => family === 'IPv4' && !internal && !isPrivate(address))
    .map(({ address }) => `/ip4/${address}/tcp/${PORT}`)
}

function isPrivate(ip: string): boolean {
  return /^(10|192\.168|100)\./.test(ip)
}

function ofStream(stream: any): EndStream {
  return {
    send: (data) => (stream.send(data) ? undefined : stream.onDrain()),
    onData: (listener) => stream.addEventListener('message', ({ data }: any) => listener(data.subarray())),
  }
}
