import {
  type NamedShare,
  type PopulationResult,
  type PopulationSummary,
  type Profile,
  R_D,
  R_S,
  runPopulation,
  type Share,
  summarizePopulation,
} from '@p2pd/lab'
import { CliError } from '../../cli-error.ts'
import type { Context } from '../../context.ts'
import { counted } from '../../text/counted.ts'
import { formatTable } from '../../text/table.ts'

/** The options of the command line. */
export interface PopulationCommandOptions {
  readonly pairs: number
  readonly seed: number
  readonly profile: Profile
  readonly discover?: true
}

/** The least shares over all profiles: two points below what the model gives, so that chance cannot reach them. */
const LEAST_IPV4 = 0.93
const LEAST_BOTH = 0.94

/** A relay changes the order of random numbers, and with it a birthday search now and then. */
const MOST_LOST_TO_RELAYS = 0.005

/** From here on a share is known to within 0.8 % either way: less cannot fail a claim. */
const PAIRS_FOR_A_CLAIM = 2000

/** The interval of progress messages. */
const PROGRESS_EVERY = 1000

/** `p2pd lab population`: how many pairs of strangers connect without a relay, and thanks to what. */
export async function population(context: Context, options: PopulationCommandOptions): Promise<void> {
  const { output, interrupted } = context
  const { pairs, seed, profile, discover = false } = options
  const startedAt = performance.now()
  output.info(
    `${counted(pairs, 'pair')}, ${profile}, seed ${seed}: R_s ${R_S} ms, R_d ${R_D} ms, 20 ms jitter, 1 % loss`,
  )
  const results: PopulationResult[] = []
  for await (const result of runPopulation({ pairs, seed, profile, discover, signal: interrupted })) {
    results.push(result)
    if (results.length % PROGRESS_EVERY === 0) output.info(`${results.length} of ${counted(pairs, 'pair')}`)
  }
  const summary = summarizePopulation(results)
  const failures = [
    ...(profile === 'mix' && pairs >= PAIRS_FOR_A_CLAIM ? failuresOf(summary) : []),
    ...relayFailuresOf(summary),
  ]
  tell(context, summary)
  const elapsedMs = Math.round(performance.now() - startedAt)
  const { both, ipv4 } = summary
  output.event({
    event: 'population',
    seed,
    profile,
    discover,
    both,
    ipv4,
    ok: failures.length === 0,
    failures,
    elapsedMs,
  })
  output.result(
    `\n${percent(both.direct)} connect directly, ${percent(ipv4.direct)} over IPv4 alone; seed ${seed}.\n` +
      `The rest is relayed: ${percent(1 - both.direct - both.failed)} know it at once, ${percent(both.failed)} after trying.`,
  )
  output.info(`${counted(pairs, 'pair')} in ${(elapsedMs / 1000).toFixed(0)} s`)
  if (failures.length > 0)
    throw new CliError('CLI_LAB_CLAIM', `the claim does not hold: ${failures.join('; ')}`)
}

function tell(
  { output }: Context,
  { strategies, techniques, profiles, variants, relays }: PopulationSummary,
): void {
  for (const [event, shares] of Object.entries({
    strategy: strategies,
    technique: techniques,
    profile: profiles,
  }))
    for (const share of shares) output.event({ event, ...share })
  for (const variant of variants) output.event({ event: 'variant', ...variant })
  for (const relay of relays) output.event({ event: 'relay', ...relay })
  output.result(
    [
      shareTable('who was first', strategies),
      shareTable('by a punch of', techniques),
      shareTable('who calls whom', profiles),
      variantTable(variants),
      relayTable(relays),
    ].join('\n\n'),
  )
}

function shareTable(title: string, shares: readonly NamedShare[]): string {
  return figureTable(
    [title, 'pairs', 'direct', 'p50', 'p95'],
    shares.map(({ name, pairs, direct, p50Ms, p95Ms }) => [
      name,
      pairs,
      percent(direct),
      ms(p50Ms),
      ms(p95Ms),
    ]),
  )
}

function variantTable(variants: PopulationSummary['variants']): string {
  const [all] = variants
  const columns = (share: Share, whole: Share | undefined) => [
    percent(share.direct),
    share === whole ? '' : points(share.direct - (whole?.direct ?? 0)),
    ms(share.p50Ms),
    ms(share.p95Ms),
  ]
  return figureTable(
    ['switched off', 'direct', '', 'p50', 'p95', 'IPv4 alone', '', 'p50', 'p95'],
    variants.map(({ name, both, ipv4 }) => [name, ...columns(both, all?.both), ...columns(ipv4, all?.ipv4)]),
  )
}

function relayTable(relays: PopulationSummary['relays']): string {
  return figureTable(
    ['with a relay', 'connected', 'direct', 'relayed', 'begin on it', 'first byte p50', 'p95'],
    relays.map(({ name, connected, direct, relayed, openedOnRelay, p50Ms, p95Ms }) => [
      name,
      ...[connected, direct, relayed, openedOnRelay].map(percent),
      ms(p50Ms),
      ms(p95Ms),
    ]),
  )
}

function figureTable(head: string[], rows: (string | number)[][]): string {
  return formatTable({ head, rows, figures: head.map((_, column) => column).slice(1) })
}

function failuresOf({ both, ipv4 }: PopulationSummary): string[] {
  return [
    ...(ipv4.direct < LEAST_IPV4
      ? [`over IPv4 alone ${percent(ipv4.direct)} connect directly, not ${percent(LEAST_IPV4)}`]
      : []),
    ...(both.direct < LEAST_BOTH
      ? [`${percent(both.direct)} connect directly, not ${percent(LEAST_BOTH)}`]
      : []),
  ]
}

/** A server that both reach by TCP connects every pair, and takes no direct path away. */
function relayFailuresOf({ both, relays }: PopulationSummary): string[] {
  return relays.flatMap(({ name, connected, direct }) => [
    ...(connected < 1 ? [`with the relay policy "${name}" ${percent(connected)} connect, not all`] : []),
    ...(both.direct - direct > MOST_LOST_TO_RELAYS
      ? [`with "${name}" ${percent(direct)} become direct, without a relay ${percent(both.direct)}`]
      : []),
  ])
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** A difference of two shares. */
function points(difference: number): string {
  return difference === 0 ? '0.0' : `${(difference * 100).toFixed(1).replace('-', '−')}`
}

function ms(value: number | undefined): string {
  return value === undefined ? '' : `${value.toFixed(0)} ms`
}
