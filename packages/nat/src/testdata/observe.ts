import type { TransportAddress } from '@p2pd/netif'
import type { Observation, Probe, ProbePurpose, ProbeTest } from '../discovery/observation.ts'

/** Two servers with two addresses each, and a third one. */
export const servers: readonly TransportAddress[] = [
  { ip: '203.0.113.1', port: 3478 },
  { ip: '203.0.113.5', port: 3478 },
  { ip: '203.0.113.9', port: 3478 },
]

/** The first server's other address and port. */
export const other: TransportAddress = { ip: '203.0.113.2', port: 3479 }

/** A made-up observation: all that a test does not say is usual. */
export interface Made extends Partial<Omit<Observation, 'probe'>> {
  readonly socket: number
  readonly server?: number
  readonly to?: TransportAddress
  readonly purpose?: ProbePurpose
  readonly test?: ProbeTest
}

/** Observations one after the other, 50 ms apart. */
export function observe(made: readonly Made[]): Observation[] {
  return made.map(({ socket, server = 0, to, purpose = 'mapping', test = 'binding', ...rest }, id) => {
    const probe: Probe = {
      id,
      purpose,
      test,
      socket,
      internalPort: 5000 + socket,
      server,
      to: to ?? (servers[server] as TransportAddress),
      schedule: { rtoMs: 500, requestCount: 3, backoff: 2, lastWaitMs: 1000 },
    }
    const launchedAt = 50 * id
    const isAnswered = rest.state === undefined || rest.state === 'answered'
    const passed = isAnswered ? { passedAt: launchedAt + 50, rttMs: 50 } : {}
    const internal = { ip: '192.168.1.2', port: 5000 + socket }
    return { probe, launchedAt, internal, state: 'answered', ...passed, ...rest }
  })
}

/** The external address that most of these tests are about. */
export function seen(port: number, ip = '198.51.100.1'): { readonly external: TransportAddress } {
  return { external: { ip, port } }
}
