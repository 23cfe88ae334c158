import { CONNECTION_ATTEMPT_DELAY_MS, formatTransportAddress } from '@p2pd/netif'
import { type Answer, isAnswer, type Observation } from '../discovery/observation.ts'
import { faultOfAnswer } from './answer-fault.ts'
import { groupBy } from './group-by.ts'

/** The verdict on one server. */
export interface ServerVerdict {
  /** Index into the list of servers. */
  readonly server: number
  /** The server answered, and its answers are credible. */
  readonly trusted: boolean
  readonly answered: boolean
  /** Shortest round trip. */
  readonly rttMs?: number
  /** Why the server is not trusted, or an anomaly of its answers. */
  readonly reason?: string
}

/** Verifies the answers of each server: are they plausible, consistent, and those of the majority? */
export function verifyServers(observations: readonly Observation[]): ServerVerdict[] {
  const byServer = groupBy(observations, ({ probe }) => probe.server)
  const lies = new Map<number, string>()
  for (const [server, own] of byServer) {
    const answers = own.filter(isAnswer)
    const lie = implausibleAnswer(answers) ?? contradiction(answers)
    if (lie !== undefined) lies.set(server, lie)
  }
  const credible = observations.filter(isAnswer).filter(({ probe }) => !lies.has(probe.server))
  for (const [server, lie] of outvoted(credible)) lies.set(server, lie)
  return [...byServer]
    .sort(([a], [b]) => a - b)
    .map(([server, own]) => verdictOf(server, own, lies.get(server)))
}

function verdictOf(server: number, own: readonly Observation[], lie: string | undefined): ServerVerdict {
  const answers = own.filter(isAnswer)
  const anomalies = own.flatMap((observation) => observation.anomalies ?? [])
  const silent = own.some(({ state }) => state === 'unanswered') ? 'no answer' : tooLate(own)
  const reason = lie ?? anomalies[0] ?? (answers.length === 0 ? silent : undefined)
  const rtts = answers.flatMap(({ rttMs }) => (rttMs === undefined ? [] : [rttMs]))
  return {
    server,
    trusted: answers.length > 0 && lie === undefined,
    answered: answers.length > 0,
    ...(rtts.length > 0 && { rttMs: Math.min(...rtts) }),
    ...(reason !== undefined && { reason }),
  }
}

/** The reason for a server whose answer the discovery did not wait for. */
function tooLate(own: readonly Observation[]): string | undefined {
  const waited = own.some(
    ({ state, launchedAt, endedAt }) =>
      state === 'cancelled' && (endedAt ?? 0) - launchedAt >= CONNECTION_ATTEMPT_DELAY_MS,
  )
  return waited ? 'no answer in time' : undefined
}

/** An answer that cannot be true, whatever other servers answer. */
function implausibleAnswer(own: readonly Answer[]): string | undefined {
  for (const { external, probe } of own) {
    const fault = faultOfAnswer(external, probe.to)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** One session has one mapping, and two sessions have two. An answer against that is false. */
function contradiction(own: readonly Answer[]): string | undefined {
  const bySession = new Map<string, string>()
  const byExternal = new Map<string, number>()
  for (const { probe, internal, external } of own) {
    const to = formatTransportAddress(probe.to)
    const session = `${internal.port} ${to}`
    const seen = formatTransportAddress(external)
    const before = bySession.get(session)
    if (before !== undefined && before !== seen) return `changed its answer from ${before} to ${seen}`
    bySession.set(session, seen)
    const owner = byExternal.get(`${to} ${seen}`)
    if (owner !== undefined && owner !== internal.port) return `gave ${seen} to two ports`
    byExternal.set(`${to} ${seen}`, internal.port)
  }
  return undefined
}

/** Servers that disagree with a majority: on a socket's mapping, or on the external address. */
function outvoted(answers: readonly Answer[]): Map<number, string> {
  const lies = new Map<number, string>()
  for (const votes of groupBy(answers, ({ probe }) => probe.socket).values()) {
    if (votes.length > 1) dissent(votes, ({ external }) => formatTransportAddress(external), lies)
  }
  const pooled = [...groupBy(answers, ({ probe }) => probe.server).values()].some(
    (own) => new Set(own.map(({ external }) => external.ip)).size > 1,
  )
  if (!pooled) dissent(answers, ({ external }) => external.ip, lies)
  return lies
}

function dissent(votes: readonly Answer[], claim: (vote: Answer) => string, lies: Map<number, string>): void {
  const tally = [...new Set(votes.map(claim))]
    .map((said) =>
      weigh(
        votes.filter((vote) => claim(vote) === said),
        said,
      ),
    )
    .sort((a, b) => b.servers - a.servers || b.addresses - a.addresses)
  const [first, second] = tally
  if (first === undefined || second === undefined || first.addresses < 2) return
  if (first.servers === second.servers && first.addresses === second.addresses) return
  for (const vote of votes) {
    if (claim(vote) !== first.said && !first.voters.has(vote.probe.server))
      lies.set(vote.probe.server, `answered ${claim(vote)} where others saw ${first.said}`)
  }
}

interface Weight {
  readonly said: string
  readonly voters: ReadonlySet<number>
  readonly servers: number
  /** Server addresses that support it: behind an address-dependent NAT one address gives the same answer twice. */
  readonly addresses: number
}

function weigh(votes: readonly Answer[], said: string): Weight {
  const voters = new Set(votes.map(({ probe }) => probe.server))
  return {
    said,
    voters,
    servers: voters.size,
    addresses: new Set(votes.map(({ probe }) => probe.to.ip)).size,
  }
}
