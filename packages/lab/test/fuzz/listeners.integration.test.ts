import { expect, test } from '@jest/globals'
import { type InfraOptions, startMqttBroker, startStunServer } from '@p2pd/infra'
import type { UdpSocket } from '@p2pd/netif'
import { systemNetwork } from '@p2pd/netif/node'
import { Dice } from '@p2pd/netif/testing'
import { type Node, parseAddress, type PeerPipe } from '@p2pd/node'
import { createIdentity, startNode, verifyEd25519 } from '@p2pd/node/node'
import { CERTIFICATE, PRIVATE_KEY } from '@p2pd/stun/testing'
import { allocate } from '@p2pd/turn'
import { turnPorts } from '@p2pd/turn/node'
import { mutate, randomBytesOf } from '@p2pd/turn/testing'
import { connect } from 'node:net'
import { DIALLED_BACK, DTLS_SAMPLES, MQTT_SAMPLES, STUN_SAMPLES, tlsHello } from './samples.ts'

/** A short share by default; `P2PD_FUZZ_SECONDS=600 npm test -- packages/lab/test/fuzz` is the long run. */
const SECONDS = Number(process.env['P2PD_FUZZ_SECONDS'] ?? 2)
const SEED = Number(process.env['P2PD_FUZZ_SEED'] ?? 1)
const AT_ONCE = 8
/** Retained messages take 64 MB at most, allocations and buffers of connections the rest. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024
/** A connection whose client has ended is ended by then; the longest wait for a first request is 10 s. */
const PATIENCE_MS = 20_000

const HOST = '127.0.0.1'
const UNLIMITED = { perSecond: 1e9, burst: 1e9 }

/** A listener, and what its clients say. */
interface Target {
  readonly name: string
  readonly transport: 'tcp' | 'udp'
  readonly port: number
  readonly samples: readonly Uint8Array[]
}

/** Two nodes with a pipe by a punch over UDP, and their servers, which all run in this process. */
interface Stage {
  readonly nodes: readonly [Node, Node]
  readonly pipes: readonly [PeerPipe, PeerPipe]
  readonly turnUri: string
  readonly targets: readonly Target[]
}

async function withStage(play: (stage: Stage) => Promise<void>): Promise<void> {
  const closers: (() => Promise<unknown>)[] = []
  const closing = <One extends { close(): Promise<unknown> }>(one: One): One => {
    closers.push(() => one.close())
    return one
  }
  try {
    const turn: InfraOptions['turn'] = { users: { u: 'p' }, allowPrivatePeers: true }
    const stun = closing(
      await startStunServer({
        hosts: [HOST],
        port: 0,
        turn,
        tls: { cert: CERTIFICATE, key: PRIVATE_KEY },
        // The servers' work is fuzzed, not their limits.
        limits: { rate: UNLIMITED },
      }),
    )
    const mqtt = closing(await startMqttBroker({ hosts: [HOST], port: 0, limits: { rate: UNLIMITED } }))
    const servers = { stun: [...stun.uris], turn: [], mqtt: [...mqtt.urls] }
    const start = async () => closing(await startNode({ servers, identity: createIdentity() }))
    const nodes = [await start(), await start()] as const
    await Promise.all(nodes.map((node) => node.ready()))
    const accepted = new Promise<PeerPipe>((resolve) => nodes[1].onPipe(resolve))
    const near = await nodes[0].connect(nodes[1].id, { strategies: ['udp-punch'] })
    const pipes = [near, await accepted] as const
    const hello = await tlsHello()
    const [listener] = parseAddress(await nodes[1].address(), verifyEd25519).candidates
    const targets: Target[] = [
      { name: 'STUN and TURN', transport: 'udp', port: stun.port, samples: STUN_SAMPLES },
      { name: 'DTLS', transport: 'udp', port: stun.port, samples: DTLS_SAMPLES },
      { name: 'STUN, TURN and TLS', transport: 'tcp', port: stun.port, samples: [...STUN_SAMPLES, hello] },
      { name: 'MQTT', transport: 'tcp', port: mqtt.port, samples: MQTT_SAMPLES },
      { name: 'a node', transport: 'tcp', port: listener?.port ?? 0, samples: [hello, DIALLED_BACK] },
      ...pipes.map(({ local }, end) => ({
        name: `end ${end} of a punched path`,
        transport: 'udp' as const,
        port: local.port,
        samples: [...STUN_SAMPLES, Uint8Array.from([0xff, 1, ...new Uint8Array(40)])],
      })),
    ]
    await play({ nodes, pipes, targets, turnUri: `turn:${HOST}:${stun.port}?transport=udp` })
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

function bytesFor({ samples }: Target, dice: Dice): Uint8Array {
  const sample = dice.pick(samples)
  if (sample === undefined || dice.chance(0.1)) return randomBytesOf(dice, 1500)
  return dice.chance(0.8) ? mutate(sample, dice) : sample
}

/** Sends bytes over a connection, then ends or resets it. Rejects when the server leaves it open. */
function overTcp({ name, port }: Target, bytes: Uint8Array, resets: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, HOST)
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`${name}: open after ${Buffer.from(bytes).toString('hex')}`))
    }, PATIENCE_MS)
    socket.on('error', () => {}) // A reset is an answer as well.
    socket.on('close', () => {
      clearTimeout(timer)
      resolve()
    })
    socket.resume()
    if (resets) socket.write(bytes, () => socket.resetAndDestroy())
    else socket.end(bytes)
  })
}

async function fuzz({ targets }: Stage, udp: UdpSocket): Promise<Map<string, number>> {
  const dice = new Dice(SEED)
  const counts = new Map<string, number>(targets.map(({ name }) => [name, 0]))
  const until = performance.now() + SECONDS * 1000
  while (performance.now() < until) {
    const exchanges = Array.from({ length: AT_ONCE }, async () => {
      const target = dice.pick(targets) as Target
      counts.set(target.name, (counts.get(target.name) ?? 0) + 1)
      const bytes = bytesFor(target, dice)
      if (target.transport === 'tcp') return overTcp(target, bytes, dice.chance(0.3))
      udp.send(bytes, { ip: HOST, port: target.port })
      return undefined
    })
    await Promise.all(exchanges)
  }
  return counts
}

/** All of them still do what they are there for. */
async function expectAlive({ nodes, pipes, turnUri }: Stage): Promise<void> {
  const [near, far] = pipes
  await near.send('still here')
  expect((await far.recv({ timeoutMs: 10_000 })).data).toEqual(new TextEncoder().encode('still here'))
  const again = await nodes[0].connect(nodes[1].id, { strategies: ['udp-punch', 'direct'] })
  await again.close()
  const relay = await allocate(turnPorts, {
    server: turnUri,
    credentials: { username: 'u', password: 'p' },
  })
  relay.close()
  await relay.closed
}

test(
  `F3: listeners of nodes and servers: bytes of any kind, seed ${SEED}: each connection ends, memory stays bounded, all go on`,
  () =>
    withStage(async (stage) => {
      const udp = await systemNetwork.bindUdp({ local: { ip: HOST, port: 0 } })
      try {
        const before = process.memoryUsage().rss
        const counts = await fuzz(stage, udp)
        expect([...counts].filter(([, count]) => count === 0)).toEqual([])
        expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH_BYTES)
        await expectAlive(stage)
        if (process.env['P2PD_FUZZ_SECONDS']) console.log(counts)
      } finally {
        udp.close()
      }
    }),
  SECONDS * 1000 + 60_000,
)
