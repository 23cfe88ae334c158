/** A client in its namespace, `map-rounds.js PROTOCOL`: maps with a fresh mapper each round, beside a bare exchange. */
import type { Interface } from '@p2pd/netif'
import { systemNetwork } from '@p2pd/netif/node'
import { openPortMapper } from '@p2pd/portmap'
import { systemPorts } from '@p2pd/portmap/node'
import { ADDRESS } from '../../test/real-gateway.ts'
import { bareNatPmp, barePcp, bareUpnp } from './bare-exchange.ts'

const ROUNDS = 160
/** The first rounds load and compile; the very first is told apart, as a program that maps one port meets it. */
const WARM_UP = 40
/** The most that a mapping may take, in bare exchanges. */
const GOAL = 1.5
const PORT = 4000
const bare = { pcp: barePcp, 'nat-pmp': bareNatPmp, 'upnp-igd2': bareUpnp } as const
type Protocol = keyof typeof bare

/** Of one round; milliseconds. */
interface Times {
  readonly ours: number
  readonly theirs: number
  readonly ratio: number
}

/** Opens a mapper and maps a port; the time until the mapping is known. */
async function timeToMap(protocol: Protocol, nic: Interface): Promise<number> {
  const start = performance.now()
  const mapper = await openPortMapper(systemPorts)
  const { state } = await mapper.mapPort({ port: PORT, protocol: 'udp', interface: nic })
  const elapsed = performance.now() - start
  if (state.status !== 'mapped' || state.mapping.protocol !== protocol) throw new Error(JSON.stringify(state))
  await mapper.close()
  return elapsed
}

// A program knows its NIC and its gateway, as the bare exchange does.
const nic = (await systemNetwork.interfaces()).find(({ name }) => name === 'eth0')
if (nic === undefined) throw new Error('no eth0')
const protocol = process.argv[2] as Protocol
const all: Times[] = []
for (let round = 0; round < ROUNDS; round++) {
  const theirs = await bare[protocol](ADDRESS.client, ADDRESS.gateway, PORT + 1)
  const ours = await timeToMap(protocol, nic)
  all.push({ ours, theirs, ratio: ours / theirs })
}
const [first] = all
const rounds = all.slice(WARM_UP)
const median = (pick: (one: Times) => number) =>
  rounds.map(pick).sort((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0
console.log(
  `${protocol}: ${median(({ ratio }) => ratio).toFixed(2)} times a bare exchange, goal ${GOAL} (median of ${rounds.length}); ` +
    `${median(({ ours }) => ours).toFixed(1)} ms, bare ${median(({ theirs }) => theirs).toFixed(1)} ms; ` +
    `the first of the process ${first?.ours.toFixed(1)} ms, bare ${first?.theirs.toFixed(1)} ms`,
)
