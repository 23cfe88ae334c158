/**
 * The cost of a relay: the set-up of a relayed call in round trips to the server, and a relayed pipe beside a direct one.
 * Then echoes through channels beside coturn's own client, and the embedded server beside coturn. Each server has one core.
 * `pnpm bench relay`; arguments when run alone: [ROUNDS [MEGABYTES]].
 */
import { execFileSync, spawn } from 'node:child_process'
import { startInfra } from '@p2pd/infra'
import type { TransportAddress } from '@p2pd/netif'
import type { RelayPolicy } from '@p2pd/node'
import { createIdentity, startNode } from '@p2pd/node/node'
import { freePort, hasCoturn } from '@p2pd/turn/testing/coturn'
import { R_D, R_S } from '../test/connect/testbed.ts'
import { connect, RANDOM_HOSTS, withRelay } from '../test/relay/with-relay.ts'
import {
  coturnClientRate,
  coturnOn,
  echoRate,
  embeddedOn,
  streamRate,
  tcpRelayRate,
  type TurnProcess,
} from './measure/turn-rates.ts'

const [, , roundsWanted = '5', megabytes = '128'] = process.argv
const ROUNDS = Number(roundsWanted)
const TOTAL_BYTES = Number(megabytes) * 1024 * 1024
const ECHO_MS = 2000
/** The servers have one core, everything else has the other. */
const [SERVER_CORE, CLIENT_CORE] = [0, 1]

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
const rows: Record<string, Record<string, string>> = {}
let failures = 0

function tell(name: string, value: number, limit: number, isGood: boolean, details = ''): void {
  if (!isGood) failures++
  const shown = Number.isInteger(value) ? String(value) : value.toFixed(2)
  rows[name] = { measured: shown, limit: String(limit), details, verdict: isGood ? 'ok' : 'TOO SLOW' }
}

const atLeast = (name: string, value: number, limit: number, details: string) =>
  tell(name, value, limit, value >= limit, details)

/** In the virtual Internet: what a relayed call takes beyond half a signalling trip and the four trips of any relayed call. */
async function setUpTrips(transport: 'tcp' | 'udp'): Promise<number> {
  let trips = Number.NaN
  await withRelay({ hosts: RANDOM_HOSTS, transports: [[transport], []] }, async (testbed) => {
    const [{ connection }] = await connect(testbed)
    trips = Math.ceil((connection.elapsedMs - R_S / 2 - 4 * R_D) / R_D)
  })
  return trips
}

/** The rates of a direct and a relayed pipe between two nodes of this process. */
async function pipeRates({ port }: TurnProcess): Promise<readonly number[]> {
  const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
  const turn = [{ uri: `turn:127.0.0.1:${port}?transport=tcp`, username: 'u', credential: 'p' }]
  const servers = { ...infra.servers, turn }
  const nodes = await Promise.all([1, 2].map(() => startNode({ servers, identity: createIdentity() })))
  const [alice, bob] = nodes
  if (alice === undefined || bob === undefined) throw new Error('no nodes')
  await Promise.all(nodes.map((node) => node.ready()))
  const rates: number[] = []
  for (const relay of ['never', 'only'] satisfies RelayPolicy[]) {
    const accepted = new Promise<Awaited<ReturnType<typeof alice.connect>>>((resolve) => bob.onPipe(resolve))
    const near = await alice.connect(bob.id, { relay })
    const far = await accepted
    rates.push(await streamRate(near.stream, far.stream, TOTAL_BYTES))
    await Promise.all([near.close(), far.close()]).catch(() => {}) // Measured; the rest does not matter.
  }
  await Promise.all(nodes.map((node) => node.close()))
  await infra.close()
  return rates
}

/** Everything once, so that a change of the machine's load meets all of it. */
async function measureRound(coturn: TurnProcess, embedded: TurnProcess, peer: TransportAddress) {
  const [direct = 1, relayed = 0] = await pipeRates(coturn)
  return {
    pipe: relayed / direct,
    direct,
    relayed,
    client: await coturnClientRate(coturn, peer),
    echoes: await echoRate(coturn, peer, ECHO_MS),
    echoesEmbedded: await echoRate(embedded, peer, ECHO_MS),
    tcp: await tcpRelayRate(coturn, TOTAL_BYTES),
    tcpEmbedded: await tcpRelayRate(embedded, TOTAL_BYTES),
  }
}

async function measureServers(): Promise<void> {
  const peer = { ip: '127.0.0.1', port: await freePort() }
  const echo = spawn('turnutils_peer', ['-L', peer.ip, '-p', `${peer.port}`], { stdio: 'ignore' })
  const [coturn, embedded] = [await coturnOn(SERVER_CORE), await embeddedOn(SERVER_CORE)]
  try {
    const rounds: Awaited<ReturnType<typeof measureRound>>[] = []
    while (rounds.length < ROUNDS) rounds.push(await measureRound(coturn, embedded, peer))
    const of = (value: (round: (typeof rounds)[number]) => number) => median(rounds.map(value))
    const rate = (bytes: number) => `${Math.round((bytes * 8) / 1e6)} Mbit/s`
    const perSecond = (count: number) => `${Math.round(count)} echoes/s`
    const pair = (a: string, b: string) => `${a} to ${b}`
    atLeast(
      'relayed pipe / direct pipe',
      of(({ pipe }) => pipe),
      0.35,
      pair(rate(of(({ relayed }) => relayed)), rate(of(({ direct }) => direct))),
    )
    atLeast(
      'echoes / those of turnutils_uclient',
      of(({ echoes, client }) => echoes / client),
      0.8,
      pair(perSecond(of(({ echoes }) => echoes)), perSecond(of(({ client }) => client))),
    )
    atLeast(
      'embedded server / coturn, echoes',
      of(({ echoesEmbedded, echoes }) => echoesEmbedded / echoes),
      0.5,
      pair(perSecond(of(({ echoesEmbedded }) => echoesEmbedded)), perSecond(of(({ echoes }) => echoes))),
    )
    atLeast(
      'embedded server / coturn, TCP',
      of(({ tcpEmbedded, tcp }) => tcpEmbedded / tcp),
      0.5,
      pair(rate(of(({ tcpEmbedded }) => tcpEmbedded)), rate(of(({ tcp }) => tcp))),
    )
  } finally {
    echo.kill('SIGKILL')
    await Promise.all([coturn.stop(), embedded.stop()])
  }
}

for (const [transport, limit] of [
  ['udp', 3],
  ['tcp', 4],
] as const) {
  const trips = await setUpTrips(transport)
  tell(
    `round trips to the server, ${transport.toUpperCase()}`,
    trips,
    limit,
    trips <= limit,
    'virtual Internet',
  )
}
if (hasCoturn()) {
  execFileSync('taskset', ['-cp', `${CLIENT_CORE}`, `${process.pid}`], { stdio: 'ignore' })
  await measureServers()
} else console.log('coturn is not installed: only the virtual Internet was measured')
console.table(rows)
process.exitCode = failures > 0 ? 1 : 0
