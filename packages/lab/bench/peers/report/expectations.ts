import { startKinds } from '../attempt.ts'
import { type Pair, titleOf } from '../pairs.ts'
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
  return [
    nobodyElseAlone(summary),
    ...startKinds.map((kind) => easyRatio(summary, kind)),
    symmetricShare(summary),
    symmetricTime(summary),
  ]
}

/** A single pair that another system connects directly more often spoils it. */
function nobodyElseAlone(summary: Summary): Expectation {
  const claim = 'no pair that another system connects directly more often'
  const worse = summary.pairs.flatMap((pair) => {
    const ours = directShare(summary.cell(OURS, pair))
    const better = rivals(summary).filter((system) => directShare(summary.cell(system, pair)) > ours)
    return better.length === 0 ? [] : `${capitalised(titleOf(pair))}: ${better.join(', ')}`
  })
  const detail = worse.length === 0 ? `none of ${summary.pairs.length}` : worse.join('. ')
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

/** Both sides of the claim are over all symmetric pairs. */
function symmetricShare(summary: Summary): Expectation {
  const claim = 'symmetric pairs: more direct connections than each other system'
  if (!hasSymmetric(summary)) return { claim, holds: undefined, detail: 'not measured' }
  const shareOf = (system: SystemName) => directShare(summary.total(system, 'symmetric'))
  const detail = summary.systems.map((system) => `${system} ${percent(shareOf(system))}`).join(', ')
  return { claim, holds: rivals(summary).every((system) => shareOf(OURS) > shareOf(system)), detail }
}

/** Compares with each system in those pairs alone that both connect directly. */
function symmetricTime(summary: Summary): Expectation {
  const claim = 'symmetric pairs that both connect directly: sooner than each other system'
  if (!hasSymmetric(summary)) return { claim, holds: undefined, detail: 'not measured' }
  const isDirect = (system: SystemName, pair: Pair) => summary.cell(system, pair).direct > 0
  const compared = rivals(summary).flatMap((system) => {
    const shared = summary.pairs.filter(
      (pair) => pair.group === 'symmetric' && isDirect(OURS, pair) && isDirect(system, pair),
    )
    return startKinds.flatMap((kind) => {
      const [ours, theirs] = ([OURS, system] as const).map(
        (one) => summary.over(one, shared).firstByte[kind].p50,
      )
      if (ours === undefined || theirs === undefined) return []
      return {
        isSooner: ours < theirs,
        text: `${kind} ${ours.toFixed(0)} to ${system}'s ${theirs.toFixed(0)} ms`,
      }
    })
  })
  const detail = compared.map(({ text }) => text).join(', ') || 'no other system connects one'
  return { claim, holds: compared.every(({ isSooner }) => isSooner), detail }
}

function hasSymmetric(summary: Summary): boolean {
  return summary.pairs.some(({ group }) => group === 'symmetric') && isComplete(summary, OURS)
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

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
