import { CONNECTION_ATTEMPT_DELAY_MS } from '@p2pd/netif'
import type { RetransmissionSchedule } from '@p2pd/stun'
import { isAnswer, isOver } from '../discovery/observation.ts'
import {
  type DiscoveryView,
  INITIAL_RTO_MS,
  nextSocket,
  type ProbeDraft,
  TCP_SCHEDULE,
  trustedAnswers,
  withPurpose,
} from './view.ts'

/** Servers asked at each staggered start; nine sockets in all, so that one of the ten is left. RFC 8305 §5. */
export const SERVER_WAVES = [1, 3, 5] as const

/** Servers asked at the same time, at most: all three starts. */
export const MAX_RACING_SERVERS = 9

/** Three requests within 2.5 s: a network that lets no answer through in this time is blocked. */
const ADDRESS_SCHEDULE: RetransmissionSchedule = {
  rtoMs: INITIAL_RTO_MS,
  requestCount: 3,
  backoff: 2,
  lastWaitMs: 1000,
}

/** The next step in the race of the servers. */
export interface AddressPlan {
  readonly drafts: readonly ProbeDraft[]
  /** When to plan again without an answer. */
  readonly wakeAt?: number
}

/** Asks one server, and more of them when it does not answer at once. Dead servers cost one staggered start. RFC 8305 §5. */
export function planAddress(view: DiscoveryView): AddressPlan {
  const { setup, now } = view
  const asked = withPurpose(view, 'address')
  if (trustedAnswers(view).length > 0 || asked.length === setup.servers.length) return { drafts: [] }
  const since = asked.reduce(
    (latest, { launchedAt }) => Math.max(latest, launchedAt),
    Number.NEGATIVE_INFINITY,
  )
  const lied = asked.some(isAnswer)
  if (asked.length > 0 && !lied && now < since + CONNECTION_ATTEMPT_DELAY_MS)
    return { drafts: [], wakeAt: since + CONNECTION_ATTEMPT_DELAY_MS }
  const underWay = asked.filter((observation) => !isOver(observation)).length
  const count = Math.min(
    waveAfter(asked.length),
    MAX_RACING_SERVERS - underWay,
    setup.servers.length - asked.length,
  )
  return {
    drafts: Array.from({ length: count }, (_, i) => draft(view, asked.length + i, nextSocket(view) + i)),
  }
}

/** The number of servers to ask next, after so many. */
function waveAfter(asked: number): number {
  let sum = 0
  for (const size of SERVER_WAVES) {
    if (asked <= sum) return size
    sum += size
  }
  return SERVER_WAVES[SERVER_WAVES.length - 1] as number
}

function draft({ setup }: DiscoveryView, server: number, socket: number): ProbeDraft {
  return {
    purpose: 'address',
    test: 'binding',
    socket,
    internalPort: setup.ports[socket] ?? 0,
    server,
    to: setup.servers[server] as ProbeDraft['to'],
    schedule: setup.protocol === 'tcp' ? { ...TCP_SCHEDULE, lastWaitMs: 2500 } : ADDRESS_SCHEDULE,
  }
}
