import { startKinds } from '../attempt.ts'
import { titleOf } from '../pairs.ts'
import type { SystemName } from '../systems.ts'
import type { Outcome, Summary } from './summary.ts'

/** A claim about p2pd, and whether a run bears it out; undefined when the run has not what it needs. */
export interface Expectation {
  readonly claim: string
  readonly holds: boolean | undefined
  readonly detail: string
}

/** The share of hyperdht's time that an easy call may take. */
const EASY_RATIO = 0.65
const OURS = 'p2pd'

/** Every claim, in the order of the page. */
export function expectations(summary: Summary): Expectation[] {
  return [nobodyElseAlone(summary), ...startKinds.map((kind) => easyRatio(summary, kind)), symmetric(summary)]
}

/** A single pair that another system connects directly more often spoils it. */
function nobodyElseAlone(summary: Summary): Expectation {
  const claim = 'no pair that another system connects directly more often'
  const worse = summary.pairs.flatMap((pair) => {
    const ours = directShare(summary.cell(OURS, pair))
    const better = rivals(summary).filter((system) => directShare(summary.cell(system, pair)) > ours)
    return better.map((system) => `${titleOf(pair)}: ${system}`)
  })
  const detail = worse.length === 0 ? `none of ${summary.pairs.length}` : worse.join('; ')
  return { claim, holds: isComplete(summary, OURS) ? worse.length === 0 : undefined, detail }
}

function easyRatio(summary: Summary, kind: (typeof startKinds)[number]): Expectation {
  const claim = `easy pairs, ${kind} calls: at most ${EASY_RATIO} of hyperdht's median`
  const [ours, theirs] = ([OURS, 'hyperdht'] as const).map(
    (system) => summary.total(system, 'easy').firstByte[kind].p50,
  )
  if (ours === undefined || theirs === undefined) return { claim, holds: undefined, detail: 'not measured' }
  const ratio = ours / theirs
  const detail = `${ratio.toFixed(2)}: ${ours.toFixed(0)} ms to ${theirs.toFixed(0)} ms`
  return { claim, holds: ratio <= EASY_RATIO, detail }
}

/** Ahead is who connects more pairs directly, and is faster in those that both connect so. */
function symmetric(summary: Summary): Expectation {
  const claim = 'symmetric pairs: more direct connections than each other system, and sooner'
  const isMeasured = summary.pairs.some(({ group }) => group === 'symmetric') && isComplete(summary, OURS)
  if (!isMeasured) return { claim, holds: undefined, detail: 'not measured' }
  const ours = directShare(summary.total(OURS, 'symmetric'))
  const compared = rivals(summary).map((system) => {
    const theirs = directShare(summary.total(system, 'symmetric'))
    const shared = summary.pairs.filter(
      (pair) =>
        pair.group === 'symmetric' &&
        summary.cell(OURS, pair).direct > 0 &&
        summary.cell(system, pair).direct > 0,
    )
    const times = startKinds.map((kind) => {
      const [a, b] = ([OURS, system] as const).map((one) => summary.over(one, shared).firstByte[kind].p50)
      return a === undefined || b === undefined ? undefined : { kind, a, b }
    })
    const isAhead = ours > theirs && times.every((time) => time === undefined || time.a < time.b)
    const said = times.flatMap((time) =>
      time === undefined ? [] : [`${time.kind} ${time.a.toFixed(0)} to ${time.b.toFixed(0)} ms`],
    )
    const both = said.length === 0 ? '' : ` (${said.join(', ')} in pairs that both connect)`
    return { isAhead, text: `${system} ${percent(theirs)}${both}` }
  })
  return {
    claim,
    holds: compared.every(({ isAhead }) => isAhead),
    detail: `p2pd ${percent(ours)}; ${compared.map(({ text }) => text).join('; ')}`,
  }
}

function rivals({ systems }: Summary): SystemName[] {
  return systems.filter((system) => system !== OURS)
}

function isComplete({ systems }: Summary, ...wanted: readonly SystemName[]): boolean {
  return wanted.every((system) => systems.includes(system)) && systems.length > 1
}

function directShare({ direct, attempts }: Outcome): number {
  return attempts === 0 ? 0 : direct / attempts
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
