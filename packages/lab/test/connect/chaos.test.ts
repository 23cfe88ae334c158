import { expect, test } from '@jest/globals'
import { drawPlan } from './chaos-plan.ts'
import { runChaos } from './chaos-run.ts'

/** About 15 s of work; to play others, set `P2PD_CHAOS_SEEDS=1000-9999`. */
const [first = 1, last = 100] = (process.env.P2PD_CHAOS_SEEDS ?? '1-100').split('-').map(Number)

/** Runs a range of seeds; returns the problems of those that failed. */
async function play(from: number, to: number): Promise<Record<string, string[]>> {
  const failed: Record<string, string[]> = {}
  for (let seed = from; seed <= to; seed++) {
    const plan = drawPlan(seed)
    const problems = await runChaos(plan)
    if (problems.length > 0) failed[`seed ${seed}, ${plan.topology.name}`] = problems
  }
  return failed
}

/** Seeds in one test, within its time limit on a busy machine. */
const ROW = 20

test.each(Array.from({ length: Math.ceil((last - first + 1) / ROW) }, (_, row) => first + row * ROW))(
  'A8, A13, A15, A17: random outages: calls end in time, with whole reports, one pipe on each side, and nothing left: from seed %d on',
  async (from) => expect(await play(from, Math.min(from + ROW - 1, last))).toEqual({}),
)
