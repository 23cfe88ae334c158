/** `tsx --conditions=@p2pd/source packages/lab/bench/nat-accuracy.ts [trials] [seed] [part of a name]`: accuracy of classification. */
import { classify, judge, ROUND_TRIP_MS, rangeSubjects, runTrial, type Subject, subjects } from './nat-lab.ts'

const trials = Number(process.argv[2] ?? 20)
const firstSeed = Number(process.argv[3] ?? 1)
/** Only subjects whose name contains this. */
const wanted = process.argv[4] ?? ''

interface Cell {
  readonly type: number
  readonly delta: number
  readonly knownMs: number
}

async function measure(subject: Subject, path: 'clean' | 'noisy', protocol: 'udp' | 'tcp'): Promise<Cell> {
  let [type, delta, knownMs] = [0, 0, 0]
  for (let seed = firstSeed; seed < firstSeed + trials; seed++) {
    const { settings, family, link } = subject
    const result = await runTrial({ settings, family, seed, path, protocol, ...(link && { link }) })
    const right = classify(result.report, subject, protocol)
    if (right.type) type++
    if (right.delta) delta++
    knownMs = Math.max(knownMs, result.knownMs)
  }
  return { type, delta, knownMs }
}

function show({ type, delta, knownMs }: Cell): string {
  return `${type}/${delta}`.padStart(6) + (knownMs / ROUND_TRIP_MS).toFixed(1).padStart(6)
}

console.log(
  `NATs told apart: right types/deltas of ${trials}, slowest in round trips of ${ROUND_TRIP_MS} ms; seed ${firstSeed}`,
)
console.log('noisy: 20 ms jitter, 2 % loss, 30 % cross traffic\n')
console.log(`${''.padEnd(28)}   UDP clean    UDP noisy    TCP clean    TCP noisy`)
for (const subject of subjects.filter(({ name }) => name.includes(wanted))) {
  const cells: string[] = []
  for (const protocol of ['udp', 'tcp'] as const)
    for (const path of ['clean', 'noisy'] as const) cells.push(show(await measure(subject, path, protocol)))
  console.log(`${subject.name.padEnd(28)}${cells.join(' ')}`)
}

/** Reports with a confidence from here on; those below the first band are a band as well. */
const BANDS = [0.6, 0.9]

/** On a path that hardly works reports are wrong. Their confidence has to say so. */
async function showConfidence(): Promise<void> {
  const seeds = Array.from({ length: Math.min(trials, 5) }, (_, index) => firstSeed + index)
  const judged: Awaited<ReturnType<typeof judge>>[] = []
  for (const subject of subjects.filter(({ name }) => name.includes(wanted)))
    for (const protocol of ['udp', 'tcp'] as const)
      for (const seed of seeds) judged.push(await judge(subject, { seed, path: 'awful', protocol }))
  console.log('\nConfidence of reports with 100 ms jitter, 30 % loss and 80 % cross traffic')
  for (const [index, low] of [0, ...BANDS].entries()) {
    const high = BANDS[index] ?? 1
    const band = judged.filter(({ confidence }) => confidence >= low && (confidence < high || high === 1))
    const right = band.filter(({ isRight }) => isRight).length
    console.log(`${`${low} to ${high}`.padEnd(28)}${`${right} of ${band.length} right`.padStart(18)}`)
  }
}

await showConfidence()
if (wanted !== '') process.exit()
console.log('\nA range of 30000 to 32047, measured (the worst of the trials)')
for (const settings of rangeSubjects) {
  const goal = settings.delta?.type === 'independent' ? 'thorough' : 'range'
  // Following a counter around its range takes long, so these have fewer trials.
  const count = goal === 'thorough' ? Math.min(trials, 3) : trials
  let [worst, slowest] = [0, 0]
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const { report, totalMs } = await runTrial({ settings, seed, path: 'clean', goal })
    const [low, high] = report.portRange
    worst = Math.max(worst, Math.abs(high - low + 1 - 2048) / 2048)
    slowest = Math.max(slowest, totalMs)
  }
  console.log(
    `${(settings.delta?.type ?? '').padEnd(28)}${(worst * 100).toFixed(2).padStart(6)} % off  ${(slowest / 1000).toFixed(1)} s  ${goal}, ${count} trials`,
  )
}
