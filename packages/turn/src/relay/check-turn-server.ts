import type { Clock, Family } from '@p2pd/netif'
import { TurnError } from '../turn-error.ts'
import { parseTurnUri } from '../turn-uri.ts'
import { allocateTcp } from './relayed-listener.ts'
import { allocate } from './relayed-socket.ts'
import type { AllocateOptions, TurnPorts } from './turn-ports.ts'

const TRIPS = 3

/** The result of checking a server. */
export interface TurnServerCheck {
  /** The server's URI. */
  readonly server: string
  readonly ok: boolean
  /** The shortest of three round trips to the server. */
  readonly rttMs?: number
  /** Families of the UDP relays that it gives. */
  readonly udp?: readonly Family[]
  /** Whether it relays TCP; undefined where that was not tried, as the URI is for UDP. RFC 6062. */
  readonly tcp?: boolean
  /** Why it cannot be used; without the credentials. */
  readonly reason?: string
}

/** Makes an allocation of each kind and gives it back. Never rejects. */
export async function checkTurnServer(ports: TurnPorts, options: AllocateOptions): Promise<TurnServerCheck> {
  const { server } = options
  try {
    const overStream = parseTurnUri(server).transport === 'tcp'
    const [udp, tcp] = await Promise.all([
      checkUdp(ports, options),
      overStream ? relaysTcp(ports, options) : undefined,
    ])
    return { server, ok: true, ...udp, ...(tcp !== undefined && { tcp }) }
  } catch (error) {
    return { server, ok: false, reason: reasonOf(error) }
  }
}

async function checkUdp(
  ports: TurnPorts,
  options: AllocateOptions,
): Promise<Pick<TurnServerCheck, 'rttMs' | 'udp'>> {
  const relay = await allocateEither(ports, { ...options, reallocate: false })
  try {
    const rttMs = await shortestTrip(() => relay.check(), ports.clock)
    return { rttMs, udp: relay.relayed.map(({ ip }) => (ip.includes(':') ? 'IPv6' : 'IPv4')) }
  } finally {
    relay.close()
    await relay.closed
  }
}

/** A program that has just started keeps answers waiting: the shortest trip says most about the path. */
async function shortestTrip(trip: () => Promise<boolean>, clock: Clock): Promise<number> {
  let shortest = Infinity
  for (let count = 0; count < TRIPS; count++) {
    const start = clock.now()
    const isThere = await trip()
    shortest = Math.min(shortest, clock.now() - start)
    if (!isThere) break
  }
  return Math.round(shortest * 10) / 10
}

/** Some servers refuse a request for two families where they have one. */
function allocateEither(ports: TurnPorts, options: AllocateOptions) {
  return allocate(ports, { ...options, families: 'both' }).catch((error: unknown) => {
    if (error instanceof TurnError && error.code === 'TURN_ADDRESS_FAMILY') return allocate(ports, options)
    throw error
  })
}

async function relaysTcp(ports: TurnPorts, options: AllocateOptions): Promise<boolean> {
  try {
    const listener = await allocateTcp(ports, { ...options, reallocate: false })
    await listener.release()
    return true
  } catch (error) {
    if (error instanceof TurnError && error.code === 'TURN_UNSUPPORTED') return false
    throw error
  }
}

function reasonOf(error: unknown): string {
  const { message } = error as Error
  const isRefused = error instanceof TurnError && error.code === 'TURN_CREDENTIALS'
  return isRefused ? `credentials refused: ${message}` : message
}
