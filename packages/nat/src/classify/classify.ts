import type { Delta } from '../report/behaviour.ts'
import { isOver, type Observation } from '../discovery/observation.ts'
import { type NatReport, untestedReport } from '../report/nat-report.ts'
import { type Assessment, assess } from './assess.ts'
import { estimateRange } from './port-range.ts'

/** So many equal parities are a coincidence in 1 of 1,024 cases. */
const MIN_PARITY_POINTS = 10

/** The chance that a silent server is down, with nothing else known. */
const SILENT_CHANCE = 0.5

const MAX_BLOCKED_CONFIDENCE = 0.9

const NO_DELTA: Delta = { type: 'not-applicable', value: 0 }

/** Turns observations into a report. Pure. RFC 5780 §4, RFC 4787. */
export function classify(observations: readonly Observation[]): NatReport {
  return reportOf(assess(observations), observations)
}

/** Turns an assessment into a report. Pure. */
export function reportOf(assessment: Assessment, observations: readonly Observation[]): NatReport {
  const { type, mapping, filtering, translation } = assessment
  if (assessment.untested !== undefined)
    return {
      ...untestedReport(),
      evidence: [`not tested: ${assessment.untested}`, ...doubtsOf(assessment, observations)],
    }
  const translated = type !== 'blocked' && !translation.untranslated
  const { allocations, fit, externalAddresses } = translation
  const { range, measured } = estimateRange(translated ? allocations : [], fit)
  return {
    type,
    mapping: translated ? mapping.mapping : type === 'blocked' ? 'unknown' : 'endpoint-independent',
    filtering: type === 'blocked' ? 'unknown' : filtering.filtering,
    delta: translated ? fit.delta : NO_DELTA,
    portRange: range,
    pooledAddresses: externalAddresses.length > 1,
    hairpin: observations.some(({ probe, state }) => probe.test === 'hairpin' && state === 'answered'),
    confidence: confidenceOf(assessment, observations),
    evidence: [
      ...evidenceOf(assessment, observations),
      ...(measured ? [`ports ${range[0]} to ${range[1]}`] : []),
    ],
    externalAddresses,
    parity: translated && keepsParity(assessment),
    crossTraffic: translated ? fit.crossTraffic : 0,
    sharedCounter: translated && fit.sharedCounter,
  }
}

function keepsParity({ translation: { allocations, fit } }: Assessment): boolean {
  if (fit.delta.type === 'equal' || fit.delta.type === 'preserving') return false
  if (allocations.length < MIN_PARITY_POINTS) return false
  return allocations.every(({ internalPort, externalPort }) => internalPort % 2 === externalPort % 2)
}

function confidenceOf(assessment: Assessment, observations: readonly Observation[]): number {
  const { type, mapping, filtering, translation } = assessment
  const { untranslated, fit } = translation
  if (type === 'blocked') return blockedConfidence(observations)
  const parts = [
    untranslated ? 1 : mapping.confidence,
    type === 'symmetric' ? 1 : filtering.confidence,
    untranslated ? 1 : fit.confidence,
  ]
  return round(parts.reduce((product, part) => product * part, 1))
}

function round(share: number): number {
  return Math.round(share * 1000) / 1000
}

/** Each silent host may be down instead; at the end all of them may. */
function blockedConfidence(observations: readonly Observation[]): number {
  const hosts = new Set(observations.map(({ probe }) => probe.to.ip)).size
  return Math.min(MAX_BLOCKED_CONFIDENCE, round(1 - SILENT_CHANCE ** hosts))
}

function evidenceOf(assessment: Assessment, observations: readonly Observation[]): string[] {
  const { type, mapping, filtering, translation } = assessment
  const doubts = doubtsOf(assessment, observations)
  if (type === 'blocked') return ['no server answered', ...doubts]
  const { untranslated, allocations, fit, externalAddresses } = translation
  const ports = `external ports: ${describe(fit.delta)}, from ${allocations.length} ${allocations.length === 1 ? 'mapping' : 'mappings'}`
  const pool = externalAddresses.length > 1 ? [`${externalAddresses.length} external addresses`] : []
  return [
    ...(untranslated ? ['the external address is the internal one'] : [mapping.reason, ports, ...pool]),
    filtering.reason,
    ...doubts,
    ...(observations.every(isOver) ? [] : ['more probes are under way']),
  ]
}

function doubtsOf({ servers }: Assessment, observations: readonly Observation[]): string[] {
  return servers.flatMap(({ server, reason }) =>
    reason === undefined ? [] : [`server ${nameOf(server, observations)}: ${reason}`],
  )
}

function nameOf(server: number, observations: readonly Observation[]): string {
  const asked = observations.find(({ probe }) => probe.server === server)
  return asked === undefined ? `${server}` : `${asked.probe.to.ip}:${asked.probe.to.port}`
}

function describe({ type, value }: Delta): string {
  return type === 'equal' || type === 'random' ? type : `${type} ${value < 0 ? '' : '+'}${value}`
}
