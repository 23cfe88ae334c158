import type { Family } from '@p2pd/netif'
import { connectPair, type PairOutcome } from './connect-pair.ts'
import { type Method, methodsOf } from './method.ts'
import { type PeerPair, samplePair } from './pair.ts'
import { discoverReports, type PairReports, tellReports } from './pair-reports.ts'
import type { Profile } from './peer.ts'
import { type Variant, variants } from './variant.ts'

/** Who is drawn, and how many. */
export interface PopulationOptions {
  readonly seed: number
  readonly pairs: number
  /** @default 'mix' */
  readonly profile?: Profile
  /** Finds out what the NATs do as a node does, instead of knowing it: takes ten times as long. @default false */
  readonly discover?: boolean
  /** Ends it. */
  readonly signal?: AbortSignal
}

/** What a pair comes to with a variant. */
export interface VariantOutcome {
  /** Over IPv4 and, where both have it, IPv6. */
  readonly both: PairOutcome
  readonly ipv4: PairOutcome
}

/** A pair, and what came of it. */
export interface PopulationResult {
  readonly pair: PeerPair
  /** In the order of `variants`. */
  readonly outcomes: readonly VariantOutcome[]
}

/** Draws pairs and lets each connect, with every variant; the same seed gives the same results. */
export async function* runPopulation({
  seed,
  pairs,
  profile = 'mix',
  discover = false,
  signal,
}: PopulationOptions): AsyncGenerator<PopulationResult> {
  for (let number = 0; number < pairs; number++) {
    signal?.throwIfAborted()
    const pair = samplePair(profile, seed, number)
    yield { pair, outcomes: await runPair(pair, discover) }
  }
}

async function runPair(pair: PeerPair, discover: boolean): Promise<VariantOutcome[]> {
  const reports = discover ? await discoverReports(pair) : tellReports(pair)
  const methods = methodsOf(reports)
  // An Internet with this seed and these methods does the same again: it need not be run again.
  const known = new Map<string, PairOutcome>()
  const run = async (variant: Variant, families: readonly Family[]) => {
    const tried = methods.filter((method) => families.includes(method.family) && variant.allows(method))
    const key = JSON.stringify(tried)
    const outcome = known.get(key) ?? (await runMethods(pair, reports, tried))
    known.set(key, outcome)
    return outcome
  }
  const outcomes: VariantOutcome[] = []
  for (const variant of variants) {
    const both = await run(variant, ['IPv4', 'IPv6'])
    outcomes.push({ both, ipv4: await run(variant, ['IPv4']) })
  }
  return outcomes
}

async function runMethods(
  pair: PeerPair,
  reports: PairReports,
  methods: readonly Method[],
): Promise<PairOutcome> {
  return methods.length === 0 ? { callerMs: 0 } : await connectPair(pair, reports, methods)
}
