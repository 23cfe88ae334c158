import { natTypeOf, type NatType } from '../report/behaviour.ts'
import { type Answer, isAnswer, isOver, type Observation } from '../discovery/observation.ts'
import type { JournalView } from '../discovery/probe-journal.ts'
import { type Allocation, allocationsOf } from './allocations.ts'
import { type DeltaFit, fitDelta } from './delta-fit.ts'
import { type FilteringVerdict, classifyFiltering } from './classify-filtering.ts'
import { classifyMapping, type MappingVerdict } from './classify-mapping.ts'
import { verifyServers, type ServerVerdict } from './verify-servers.ts'

/** The meaning of the observations: the basis of the report and of the next probes. */
export interface Assessment {
  readonly type: NatType
  /** Why nothing can be said of the NAT, although packets pass: servers were reached, and none answers as STUN servers do. */
  readonly untested?: string
  readonly servers: readonly ServerVerdict[]
  /** Answers of trusted servers. */
  readonly answers: readonly Answer[]
  readonly mapping: MappingVerdict
  readonly filtering: FilteringVerdict
  readonly translation: Translation
}

/** How addresses and ports are translated. */
export interface Translation {
  /** External address and port are the internal ones. */
  readonly untranslated: boolean
  readonly allocations: readonly Allocation[]
  readonly fit: DeltaFit
  /** Most often seen first. */
  readonly externalAddresses: readonly string[]
}

/** The first probes leave one after the other; later ones sample the range and do not improve the fit. */
const MAX_FITTED = 40

/**
 * Assesses all observations together, as of `now`. Pure: the same observations give the same assessment. `journal` has
 * the probes of both protocols, when both are tested at the same time.
 */
export function assess(
  observations: readonly Observation[],
  now = Number.POSITIVE_INFINITY,
  journal?: JournalView,
): Assessment {
  const servers = verifyServers(observations)
  const trustedServers = new Set(servers.filter(({ trusted }) => trusted).map(({ server }) => server))
  const isTrusted = ({ probe }: Observation) => trustedServers.has(probe.server)
  const answers = observations.filter(isAnswer).filter(isTrusted)
  const mapping = classifyMapping(answers)
  const filtering = classifyFiltering(
    observations.filter((observation) => !isAnswer(observation) || isTrusted(observation)),
    now,
  )
  const untranslated = answers.length > 0 && answers.every(isUntranslated)
  // While the first probes are under way, silence does not mean `blocked` yet.
  const isSilent = !observations.some(isAnswer) && observations.length > 0 && observations.every(isOver)
  const reached = observations.filter(isReached)
  const blocked = isSilent && reached.length === 0
  const isIndependent = mapping.mapping === 'endpoint-independent'
  const allocations = allocationsOf(observations, isTrusted, isIndependent, journal)
  return {
    type: natTypeOf({ blocked, untranslated, mapping: mapping.mapping, filtering: filtering.filtering }),
    ...(isSilent && !blocked && { untested: whyUntested(reached) }),
    servers,
    answers,
    mapping,
    filtering,
    translation: {
      untranslated,
      allocations,
      fit: fitDelta(allocations.slice(0, MAX_FITTED)),
      externalAddresses: rank(answers),
    },
  }
}

/** Whether anything came back, were it a RST or nonsense. Silence then speaks against the servers, not the network. */
function isReached({ probe, state, isRefused, passedAt, anomalies = [] }: Observation): boolean {
  if (probe.test !== 'binding') return false
  return isRefused === true || passedAt !== undefined || state === 'unsupported' || anomalies.length > 0
}

function whyUntested(reached: readonly Observation[]): string {
  return reached.every(({ isRefused }) => isRefused)
    ? 'no STUN over TCP there'
    : 'packets pass, and no server that was reached answers as STUN servers do'
}

function isUntranslated({ internal, external }: Answer): boolean {
  return internal.ip === external.ip && internal.port === external.port
}

function rank(answers: readonly Answer[]): string[] {
  const count = new Map<string, number>()
  for (const { external } of answers) count.set(external.ip, (count.get(external.ip) ?? 0) + 1)
  return [...count].sort(([, a], [, b]) => b - a).map(([ip]) => ip)
}
