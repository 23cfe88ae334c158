import { sleep, type TransportAddress, type UdpSocket } from '@p2pd/netif'
import { bindingRequest, decodeBindingResponse, encodeBindingRequest } from '@p2pd/stun'
import { type NatPorts, type ProbeSource, TRANSACTION_ID_BYTES } from '../probe/prober.ts'

/** How to measure. */
export interface LifetimeOptions {
  /** A server that knows RESPONSE-PORT. RFC 5780 §7.5. */
  readonly server: TransportAddress
  readonly from: ProbeSource
  /** Idle times to try, all at once. @default 15, 30, 45, 60, 90, 120, 180 and 300 s */
  readonly waitsMs?: readonly number[]
  readonly signal?: AbortSignal
}

/** Between these two an idle mapping dies. */
export interface MappingLifetime {
  /** It was alive after so long without traffic; 0 when after none of the times. */
  readonly atLeastMs: number
  /** It was gone after so long; absent when it outlived all. */
  readonly lessThanMs?: number
}

/** Around what was found in the field: from 15 s to home routers' 180 s and RFC 4787 REQ-5's five minutes. */
const WAITS_MS = [15_000, 30_000, 45_000, 60_000, 90_000, 120_000, 180_000, 300_000]

/** Questions after the wait: one lost packet must not look like a lost mapping. */
const TRIES = 3
const TRY_MS = 1000

/**
 * Measures how long an idle UDP mapping lives: maps a port for each time, waits, and asks from
 * another port for an answer to the first. It takes as long as the longest time. RFC 5780 §4.6.
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
      return await isHeard({ ...ports, ...options, socket, asking, port: mapped.port })
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
  /** The mapping to be answered to. */
  readonly port: number
}

async function isHeard({ clock, random, server, signal, socket, asking, port }: Question): Promise<boolean> {
  const id = random(TRANSACTION_ID_BYTES)
  const request = encodeBindingRequest(id, { responsePort: port })
  let heard = false
  const stop = socket.onMessage((packet, from) => {
    heard ||= isResponse(packet, id, from)
  })
  try {
    for (let i = 0; i < TRIES && !heard; i++) {
      asking.send(request, server)
      await sleep(clock, TRY_MS, signal)
    }
    return heard
  } finally {
    stop()
  }
}

function isResponse(packet: Uint8Array, id: Uint8Array, from: TransportAddress): boolean {
  try {
    return decodeBindingResponse(packet, id, from) !== undefined
  } catch {
    // An error response or a broken one: it came through all the same, but says nothing of a mapping.
    return false
  }
}

function bind({ network }: NatPorts, { from: { ip, interfaceName } }: LifetimeOptions): Promise<UdpSocket> {
  return network.bindUdp({ local: { ip, port: 0 }, ...(interfaceName !== undefined && { interfaceName }) })
}
