/**
 * `tsx --conditions=@p2pd/source packages/lab/bench/nat-accuracy-kernel.ts [ROUNDS] [SEED] [clean|noisy]`: the
 * accuracy of NAT classification through real kernels, UDP and TCP at once. Linux, as root or with user namespaces.
 */
import { startStunServer } from '@p2pd/infra'
import { discoverNat } from '@p2pd/nat'
import { systemClock } from '@p2pd/netif/node'
import { KernelInternet } from '../src/kernel/kernel-internet.ts'
import { createRandom, randomBytesFrom } from '../src/random.ts'
import { classify, LINKS, type PathQuality, type Subject, subjects, withTraffic } from './nat-lab.ts'

const rounds = Number(process.argv[2] ?? 2)
const seed = Number(process.argv[3] ?? 1)
const path: PathQuality = process.argv[4] === 'noisy' ? 'noisy' : 'clean'

/** The longest delay of the router for a valid trial; after a longer one the trial runs again. */
const MAX_STALL_MS = 50
const TICK_MS = 5
const MAX_REPEATS = 10

/** The moments at which this process, which is the network, was delayed. */
const stalls: number[] = []
let tickedAt = systemClock.now()
const ticking = setInterval(() => {
  const now = systemClock.now()
  if (now - tickedAt > MAX_STALL_MS) stalls.push(now)
  tickedAt = now
}, TICK_MS)

let repeated = 0

/** Subjects in one lab. Each host has its own agent process, and they share the machine's cores. */
const AT_ONCE = 3

const PROTOCOLS = ['udp', 'tcp'] as const
type Protocol = (typeof PROTOCOLS)[number]

/** The results of one subject and protocol. */
interface Score {
  type: number
  delta: number
  readonly knownMs: number[]
}

async function startServers(net: KernelInternet, names: readonly string[]): Promise<string[]> {
  const uris: string[] = []
  for (const name of names) {
    const { network, addresses } = net.host(name)
    const server = await startStunServer({ hosts: addresses, port: 3478, network })
    const [ip = ''] = addresses
    uris.push(...server.uris.filter((uri) => uri.includes(ip)))
  }
  return uris
}

const SERVERS = [2, 1, 1] as const

function createLab(batch: readonly Subject[], labSeed: number): Promise<KernelInternet> {
  const families = [...new Set(batch.map(({ family }) => family))]
  return KernelInternet.create({
    scenario: {
      seed: labSeed,
      hosts: [
        ...families.flatMap((family) =>
          SERVERS.map((addresses, i) => ({ name: `${family}-${i}`, addresses, families: [family] })),
        ),
        ...batch.map(({ family }, i) => ({ name: `host-${i}`, behind: `box-${i}`, families: [family] })),
      ],
      boxes: batch.map(({ settings }, i) => ({
        name: `box-${i}`,
        settings: withTraffic(settings, path),
        link: LINKS[path],
      })),
    },
  })
}

async function runBatch(batch: readonly Subject[], labSeed: number): Promise<Record<Protocol, Score>[]> {
  const scores = batch.map(() => ({
    udp: { type: 0, delta: 0, knownMs: [] as number[] },
    tcp: { type: 0, delta: 0, knownMs: [] as number[] },
  }))
  const net = await createLab(batch, labSeed)
  try {
    const servers = new Map<string, string[]>()
    for (const { family } of batch) {
      const names = SERVERS.map((_, i) => `${family}-${i}`)
      if (!servers.has(family)) servers.set(family, await startServers(net, names))
    }
    // Starts the agents of the hosts, so that the first round is not slower than the others.
    for (const [i] of batch.entries()) await net.host(`host-${i}`).network.interfaces()
    for (let round = 0; round < rounds; round++) {
      await Promise.all(
        batch.flatMap((subject, i) =>
          PROTOCOLS.map(async (protocol) => {
            const score = scores[i]?.[protocol]
            const list = servers.get(subject.family) ?? []
            const host = net.host(`host-${i}`)
            const label = `${subject.name} ${protocol} ${round}`
            const random = randomBytesFrom(createRandom(labSeed, label))
            if (score !== undefined)
              await repeatTrial(score, { subject, protocol, host, servers: list, random })
          }),
        ),
      )
    }
    return scores
  } finally {
    await net.close()
  }
}

interface Trial {
  readonly subject: Subject
  readonly protocol: Protocol
  readonly host: ReturnType<KernelInternet['host']>
  readonly servers: readonly string[]
  readonly random: (length: number) => Uint8Array
}

/** A trial without a delay of the network. */
async function repeatTrial(score: Score, trial: Trial): Promise<void> {
  for (let repeat = 0; ; repeat++) {
    const start = systemClock.now()
    const count = await runTrial(score, trial)
    if (repeat === MAX_REPEATS || !stalls.some((at) => at > start)) return count()
    repeated++
  }
}

/** Runs a trial; the returned function counts it. */
async function runTrial(
  score: Score,
  { subject, protocol, host, servers, random }: Trial,
): Promise<() => void> {
  const start = systemClock.now()
  let knownAt: number | undefined
  const { report } = await discoverNat(
    { network: host.network, clock: systemClock, random },
    {
      servers,
      protocol,
      from: { ip: host.ip },
      goal: 'behaviour',
      limits: { shared: true },
      onKnown: () => {
        knownAt = systemClock.now()
      },
    },
  )
  const elapsedMs = (knownAt ?? systemClock.now()) - start
  return () => {
    const right = classify(report, subject, protocol)
    if (right.type) score.type++
    if (right.delta) score.delta++
    score.knownMs.push(elapsedMs)
    if (!right.type || !right.delta)
      console.error(`  ${subject.name} ${protocol}: ${report.type}, ${report.evidence.join('; ')}`)
  }
}

function show({ type, delta, knownMs }: Score): string {
  const median = [...knownMs].sort((a, b) => a - b)[knownMs.length >> 1] ?? 0
  return `${type}/${delta}`.padStart(8) + `${Math.round(median)} ms`.padStart(9)
}

console.log(
  `NATs told apart through real kernels, ${path}: right types/deltas of ${rounds}, median time; seed ${seed}`,
)
console.log(`\n${''.padEnd(28)}${'UDP'.padStart(17)}${'TCP'.padStart(17)}`)
const sums = { udp: [0, 0], tcp: [0, 0] }
for (let first = 0; first < subjects.length; first += AT_ONCE) {
  const batch = subjects.slice(first, first + AT_ONCE)
  const scores = await runBatch(batch, seed + first)
  for (const [i, { name }] of batch.entries()) {
    const score = scores[i]
    if (score === undefined) continue
    console.log(`${name.padEnd(28)}${show(score.udp)}${show(score.tcp)}`)
    for (const protocol of PROTOCOLS) {
      const { type, delta } = score[protocol]
      sums[protocol] = [(sums[protocol][0] ?? 0) + type, (sums[protocol][1] ?? 0) + delta]
    }
  }
}
const total = rounds * subjects.length
console.log(
  `${`all of ${total}`.padEnd(28)}${sums.udp.join('/').padStart(17)}${sums.tcp.join('/').padStart(17)}`,
)
console.log(
  `${repeated} trials were made again: the machine held the network up for more than ${MAX_STALL_MS} ms`,
)
clearInterval(ticking)
