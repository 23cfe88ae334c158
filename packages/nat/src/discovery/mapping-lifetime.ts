import { sleep, type TransportAddress, type UdpSocket } from '@p2pd/netif'
import { bindingRequest, decodeBindingResponse, encodeBindingRequest } from '@p2pd/stun'
import { type NatPorts, type ProbeSource, TRANSACTION_ID_BYTES } from '../probe/prober.ts'

/** How to measure a mapping lifetime. */
export interface LifetimeOptions {
  /** A server that supports RESPONSE-PORT. RFC 5780 §7.5. */
  readonly server: TransportAddress
  readonly from: ProbeSource
  /** Idle times to try, all at once. @default 15, 30, 45, 60, 90, 120, 180 and 300 s */
  readonly waitsMs?: readonly number[]
  readonly signal?: AbortSignal
}

/** The lifetime of an idle mapping, between two bounds. RFC 4787 §4.3. */
export interface MappingLifetime {
  /** The longest idle time after which a mapping was alive; 0 for none. */
  readonly atLeastMs: number
  /** The shortest idle time after which a mapping was gone; absent when all were alive. */
  readonly lessThanMs?: number
}

/** From 15 s over the 180 s of home routers to the five minutes of RFC 4787, REQ-5. */
const WAITS_MS = [15_000, 30_000, 45_000, 60_000, 90_000, 120_000, 180_000, 300_000]

/** Requests after the wait: a lost packet must not look like a lost mapping. */
const TRIES = 3
const TRY_MS = 1000

/**
 * Measures how long an idle UDP mapping lives. It maps a port for each idle time, waits, and asks the server from another
 * port for an answer to the first. It takes as long as the longest idle time. Throws a `StunError`, such as
 * `STUN_TIMEOUT`, `STUN_ERROR_RESPONSE` or `STUN_MALFORMED`. RFC 5780 §4.6.
 */
export async function measureMappingLifetime(
  ports: NatPorts,
  options: LifetimeOptions,
): Promise<MappingLifetime> {
  const waits = [...(options.waitsMs ?? WAITS_MS)].sort((a, b) => a - b)
  const alive = await Promise.all(waits.map((waitMs) => outlives(ports, options, waitMs)))
  const longest = alive.lastIndexOf(true)
  const dead = waits[longest + 1]
  return { atLeastMs: waits[longest] ?? 0, ...(dead !== undefined && { lessThanMs: dead }) }
}

async function outlives(ports: NatPorts, options: LifetimeOptions, waitMs: number): Promise<boolean> {
  const { server, signal } = options
  const socket = await bind(ports, options)
  try {
    const { mapped } = await bindingRequest({ server, socket, ...ports, ...(signal && { signal }) })
    await sleep(ports.clock, waitMs, signal)
    const asking = await bind(ports, options)
    try {
      return await isAnswered({ ...ports, ...options, socket, asking, port: mapped.port })
    } finally {
      asking.close()
    }
  } finally {
    socket.close()
  }
}

interface Question extends NatPorts, LifetimeOptions {
  readonly socket: UdpSocket
  readonly asking: UdpSocket
  /** The mapped port that the server answers to. */
  readonly port: number
}

async function isAnswered({
  clock,
  random,
  server,
  signal,
  socket,
  asking,
  port,
}: Question): Promise<boolean> {
  const id = random(TRANSACTION_ID_BYTES)
  const request = encodeBindingRequest(id, { responsePort: port })
  let answered = false
  const stop = socket.onMessage((packet, from) => {
    answered ||= isResponse(packet, id, from)
  })
  try {
    for (let i = 0; i < TRIES && !answered; i++) {
      asking.send(request, server)
      await sleep(clock, TRY_MS, signal)
    }
    return answered
  } finally {
    stop()
  }
}

function isResponse(packet: Uint8Array, id: Uint8Array, from: TransportAddress): boolean {
  try {
    return decodeBindingResponse(packet, id, from) !== undefined
  } catch {
    // An error response, or a broken one, shows no mapping.
    return false
  }
}

function bind({ network }: NatPorts, { from: { ip, interfaceName } }: LifetimeOptions): Promise<UdpSocket> {
  return network.bindUdp({ local: { ip, port: 0 }, ...(interfaceName !== undefined && { interfaceName }) })
}
