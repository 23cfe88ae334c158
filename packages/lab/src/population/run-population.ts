import type { Family } from '@p2pd/netif'
import { connectPair, connectRelayed, type PairOutcome, type RelayedOutcome } from './connect-pair.ts'
import { type ConnectMethod, methodsOf, type RelayTiming } from './method.ts'
import { type PeerPair, samplePair } from './pair.ts'
import { discoverReports, type PairReports, tellReports } from './pair-reports.ts'
import type { Profile } from './peer.ts'
import { type Variant, variants } from './variant.ts'

/** Options of a population. */
export interface PopulationOptions {
  readonly seed: number
  readonly pairs: number
  /** @default 'mix' */
  readonly profile?: Profile
  /** Runs NAT discovery as a node does, instead of using the settings; takes ten times as long. @default false */
  readonly discover?: boolean
  /** Ends it. */
  readonly signal?: AbortSignal
}

/** The results of a pair with a variant. */
export interface VariantOutcome {
  /** Over IPv4 and, where both have it, IPv6. */
  readonly both: PairOutcome
  readonly ipv4: PairOutcome
}

/** A pair and its results. */
export interface PopulationResult {
  readonly pair: PeerPair
  /** In the order of `variants`. */
  readonly outcomes: readonly VariantOutcome[]
  /** With a TURN server that both peers reach by TCP. */
  readonly relayed: Readonly<Record<RelayTiming, RelayedOutcome>>
}

/** Draws pairs and connects each of them, with every variant. The same seed gives the same results. Throws the reason of `signal`. */
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
    yield { pair, ...(await runPair(pair, discover)) }
  }
}

async function runPair(pair: PeerPair, discover: boolean): Promise<Omit<PopulationResult, 'pair'>> {
  const reports = discover ? await discoverReports(pair) : tellReports(pair)
  const methods = methodsOf(reports, pair)
  // The same seed and methods give the same result, so one run is enough.
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
  const early = await connectRelayed(pair, reports, methods, 'early')
  const last = await connectRelayed(pair, reports, methods, 'last')
  return { outcomes, relayed: { early, last } }
}

async function runMethods(
  pair: PeerPair,
  reports: PairReports,
  methods: readonly ConnectMethod[],
): Promise<PairOutcome> {
  return methods.length === 0 ? { callerMs: 0 } : await connectPair(pair, reports, methods)
}
