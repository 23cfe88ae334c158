import { natTypeOf, type NatType } from '../behaviour.ts'
import { type Answer, isAnswer, isOver, type Observation } from '../discovery/observation.ts'
import { type Allocation, allocationsOf } from './allocations.ts'
import { type DeltaFit, fitDelta } from './delta-fit.ts'
import { type FilteringVerdict, judgeFiltering } from './judge-filtering.ts'
import { judgeMapping, type MappingVerdict } from './judge-mapping.ts'
import { judgeServers, type ServerVerdict } from './judge-servers.ts'

/** Everything the observations say: what a report and the next probes are made of. */
export interface Assessment {
  readonly type: NatType
  readonly servers: readonly ServerVerdict[]
  /** Answers of servers that are believed. */
  readonly answers: readonly Answer[]
  readonly mapping: MappingVerdict
  readonly filtering: FilteringVerdict
  readonly translation: Translation
}

/** How addresses and ports are translated. */
export interface Translation {
  /** The external address is the internal one, port and all. */
  readonly untranslated: boolean
  readonly allocations: readonly Allocation[]
  readonly fit: DeltaFit
  /** Most often seen first. */
  readonly externalAddresses: readonly string[]
}

/** Probes opened one after the other come first; those that sample a range say nothing more about the rule. */
const MAX_FITTED = 40

/** Judges all observations together, as of `now`. Pure: the same observations give the same judgement. */
export function assess(observations: readonly Observation[], now = Number.POSITIVE_INFINITY): Assessment {
  const servers = judgeServers(observations)
  const trustedServers = new Set(servers.filter(({ trusted }) => trusted).map(({ server }) => server))
  const isTrusted = ({ probe }: Observation) => trustedServers.has(probe.server)
  const answers = observations.filter(isAnswer).filter(isTrusted)
  const mapping = judgeMapping(answers)
  const filtering = judgeFiltering(
    observations.filter((observation) => !isAnswer(observation) || isTrusted(observation)),
    now,
  )
  const untranslated = answers.length > 0 && answers.every(isUntranslated)
  // Nothing answers while the first probes are still under way: that is not `blocked` yet.
  const blocked = !observations.some(isAnswer) && observations.length > 0 && observations.every(isOver)
  const allocations = allocationsOf(observations, isTrusted, mapping.mapping === 'endpoint-independent')
  return {
    type: natTypeOf({ blocked, untranslated, mapping: mapping.mapping, filtering: filtering.filtering }),
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

function isUntranslated({ internal, external }: Answer): boolean {
  return internal.ip === external.ip && internal.port === external.port
}

function rank(answers: readonly Answer[]): string[] {
  const count = new Map<string, number>()
  for (const { external } of answers) count.set(external.ip, (count.get(external.ip) ?? 0) + 1)
  return [...count].sort(([, a], [, b]) => b - a).map(([ip]) => ip)
}
