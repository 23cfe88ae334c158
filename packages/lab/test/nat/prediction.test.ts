import { expect, test } from '@jest/globals'
import { classify, type MappedPort, mappedPorts, type Observation, predict } from '@p2pd/nat'
import type { TransportAddress } from '@p2pd/netif'
import { createBox, createRandom, type DeltaSetting, type Middlebox, randomInteger } from '../../src/index.ts'

const DRAWS = 1000
const HOST = '192.168.1.2'
const SERVER: TransportAddress = { ip: '5.5.1.1', port: 3478 }
const PEER: TransportAddress = { ip: '5.5.2.2', port: 40_000 }

/** Sends a UDP packet through the box; returns its external port. */
function send(box: Middlebox, port: number, destination: TransportAddress, now: number): number {
  const source = { ip: HOST, port }
  const [out] = box.receive(
    { protocol: 'udp', source, destination, ttl: 64, payload: new Uint8Array() },
    'inside',
    now,
  )
  if (out === undefined) throw new Error('dropped')
  return out.packet.source.port
}

/** The mappings of a discovery: local ports far apart, each followed by its neighbour. */
function observe(box: Middlebox, draw: (low: number, high: number) => number): Observation[] {
  let neighbour = 0
  return Array.from({ length: 8 }, (_, id) => {
    const port = id % 2 === 0 ? draw(2048, 65_000) : neighbour
    neighbour = port + 1
    const launchedAt = 70 * id
    const external = { ip: '198.51.100.1', port: send(box, port, SERVER, launchedAt) }
    return {
      probe: {
        id,
        purpose: 'delta',
        test: 'binding',
        socket: id,
        internalPort: port,
        server: 0,
        to: SERVER,
        schedule: { rtoMs: 500, requestCount: 1, backoff: 1, lastWaitMs: 500 },
      },
      state: 'answered',
      launchedAt,
      passedAt: launchedAt + 50,
      internal: { ip: HOST, port },
      external,
    }
  })
}

/** Whether the external port is among the first `count` predictions. */
function isPredicted(delta: DeltaSetting, othersPerSecond: number, count: number, seed: number): boolean {
  const random = createRandom(seed, `prediction ${delta.type}`)
  const draw = (low: number, high: number) => randomInteger(random, low, high)
  const strict = 'address-and-port-dependent'
  const settings = { mapping: strict, filtering: strict, delta, traffic: { othersPerSecond } } as const
  const box = createBox(settings, { external: ['198.51.100.1'], random })
  const observations = observe(box, draw)
  const mapped: readonly MappedPort[] = mappedPorts(observations)
  const last = mapped.at(-1) as MappedPort
  // The neighbour of the last port, because a `dependent` NAT follows consecutive ports.
  const internalPort =
    delta.type === 'dependent' || draw(0, 1) === 0 ? last.internalPort + 1 : draw(2048, 65_000)
  const { ports } = predict(classify(observations), mapped, { internalPort, count })
  return ports.includes(send(box, internalPort, PEER, 70 * 8 + 100))
}

const deltas: readonly DeltaSetting[] = [
  { type: 'equal' },
  { type: 'preserving' },
  { type: 'independent', value: 1 },
  { type: 'independent', value: -4 },
  { type: 'dependent', value: 5 },
  { type: 'dependent', value: 1 },
]

test.each(deltas)(
  '$type $value: within the first 3, and within 50 when others make mappings too',
  (delta) => {
    const seeds = Array.from({ length: DRAWS }, (_, seed) => seed + 1)
    const quiet = seeds.filter((seed) => isPredicted(delta, 0, 3, seed)).length
    const busy = seeds.filter((seed) => isPredicted(delta, 6, 50, seed)).length
    expect(quiet).toBeGreaterThanOrEqual(0.95 * DRAWS)
    expect(busy).toBeGreaterThanOrEqual(0.95 * DRAWS)
  },
)
