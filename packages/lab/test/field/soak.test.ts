import { expect, test } from '@jest/globals'
import {
  presets,
  type VirtualBox,
  type VirtualBroker,
  type VirtualHost,
  type VirtualInternet,
} from '@p2pd/lab'
import type { Node, PeerPipe } from '@p2pd/node'
import { createRandom, type Random, randomInteger } from '../../src/random.ts'
import { type Testbed, wait, withNodes } from '../connect/testbed.ts'
import { heapBytes } from '../hosts/heap.ts'
import { anyMischief, corrupt } from '../hosts/mischief.ts'
import { type VirtualTurn, virtualTurn } from '../hosts/virtual-turn.ts'

/** `P2PD_SOAK_MINUTES=60 P2PD_SOAK_SEED=7 npx jest packages/lab/test/field/soak`: an hour, drawn from another seed. */
const MINUTES = Number(process.env['P2PD_SOAK_MINUTES'] ?? 10)
const SEED = Number(process.env['P2PD_SOAK_SEED'] ?? 1)
/** The memory after both halves is compared. */
const HALF_MS = (MINUTES / 2) * 60_000
/** A virtual minute takes one to two real seconds. */
const LIMIT_MS = 60_000 + MINUTES * 10_000
/** Virtual time: the pauses of the test, too. */
const LIMIT_OF_TIME_MS = 2 * HALF_MS + 60 * 60_000
const QUIET_MS = 2 * 60_000
const CALLERS = 4
const MAX_MESSAGES = 20
/** Longer than a session waits for a path: a message that is neither answered nor given up by then is lost. */
const ANSWER_MS = 120_000
const NICS_DOWN_MS = 3_000
/** An allocation whose client was cut off stays for so long. RFC 8656 §3.2. */
const ALLOCATION_MS = 11 * 60_000
const BROKER_DOWN_MS = 3_000
/** Sets of bounded size keep the ids of a call against replays; all else is forgotten. */
const MOST_BYTES_OF_CALL = 6_000
/** Compiled code comes and goes by so much, whatever the calls do. */
const MOST_BYTES_OF_CODE = 1_500_000
const PAUSES_MS = [200, 20_000] as const
const BETWEEN_FAULTS_MS = [3_000, 15_000] as const
const link = { delayMs: 11.5 }

/** The outcome of all calls. */
interface Tally {
  connected: number
  answered: number
  /** Errors of calls and pipes, by their code. */
  readonly failures: Map<string, number>
}

const PRESETS = ['home', 'symmetric-independent', 'symmetric-random', 'full-cone-equal'] as const

function hostsBehindBoxes(net: VirtualInternet, boxes: VirtualBox[]): VirtualHost[] {
  return PRESETS.map((preset) => {
    const box = net.box(presets[preset], { link })
    boxes.push(box)
    return net.host({ behind: box })
  })
}

/** Calls one node after another, and has each answer some messages. */
async function call({ net, nodes }: Testbed, random: Random, tally: Tally): Promise<void> {
  const { clock } = net
  const endAt = clock.now() + HALF_MS
  while (clock.now() < endAt) {
    await wait(clock, randomInteger(random, ...PAUSES_MS))
    // Always the later one is called: of two nodes that call each other at once each has the one pipe of both calls.
    const from = randomInteger(random, 0, nodes.length - 2)
    const to = randomInteger(random, from + 1, nodes.length - 1)
    await talk(nodes[from] as Node, nodes[to] as Node, random, tally).catch((error: { code?: string }) => {
      if (error.code === undefined) throw error
      tally.failures.set(error.code, (tally.failures.get(error.code) ?? 0) + 1)
    })
  }
}

async function talk(caller: Node, callee: Node, random: Random, tally: Tally): Promise<void> {
  const pipe = await caller.connect(callee.id)
  tally.connected++
  try {
    for (let count = randomInteger(random, 1, MAX_MESSAGES); count > 0; count--) {
      await pipe.send(`ECHO ${count}`)
      const { data } = await pipe.recv({ timeoutMs: ANSWER_MS })
      expect(new TextDecoder().decode(data)).toBe(String(count))
      tally.answered++
    }
  } finally {
    await pipe.close().catch(() => {}) // The error of the pipe has been counted, or it has none.
  }
}

/** One fault after another, until the end. */
async function disturb(
  { net, hosts }: Testbed,
  random: Random,
  faults: readonly (() => unknown)[],
): Promise<void> {
  const { clock } = net
  const endAt = clock.now() + HALF_MS
  const unplug = async () => {
    const host = hosts[randomInteger(random, 0, hosts.length - 1)]
    host?.setNic('eth0', 'down')
    await wait(clock, NICS_DOWN_MS)
    host?.setNic('eth0', 'up')
  }
  const all = [...faults, unplug]
  while (clock.now() < endAt) {
    await wait(clock, randomInteger(random, ...BETWEEN_FAULTS_MS))
    await all[randomInteger(random, 0, all.length - 1)]?.()
  }
}

/** One broker crashes now and then, another lies, and the third dies for good at some time. */
const BROKERS = 3
const LIES = ['lies: each message altered, and then as it was', 'repeats everything ten times', 'reorders']

function faultsOf(
  { net, brokers }: Testbed,
  boxes: readonly VirtualBox[],
  server: VirtualTurn | undefined,
): (() => unknown)[] {
  const [crashing, , dying] = brokers as [VirtualBroker, VirtualBroker, VirtualBroker]
  const crash = async () => {
    crashing.crash()
    await wait(net.clock, BROKER_DOWN_MS)
    crashing.up = true
  }
  const killRelay = async () => {
    await server?.kill()
    await wait(net.clock, NICS_DOWN_MS)
    await server?.restart()
  }
  return [...boxes.map((box) => () => box.restart()), killRelay, crash, () => dying.crash()]
}

test(
  `soak, ${MINUTES} minutes, seed ${SEED}: calls under faults of NICs, NATs, relays and brokers`,
  async () => {
    const random = createRandom(SEED, 'soak')
    const tally: Tally = { connected: 0, answered: 0, failures: new Map() }
    const boxes: VirtualBox[] = []
    let server: VirtualTurn | undefined
    await withNodes(
      {
        seed: SEED,
        hosts: (net) => hostsBehindBoxes(net, boxes),
        stun: 'IPv4',
        resumeMs: 30_000,
        limitMs: LIMIT_OF_TIME_MS,
        brokers: BROKERS,
        tamper: (net, [, lying]) => lying && corrupt(net, lying, anyMischief(SEED, LIES)),
        keys: PRESETS.map((_, index) => new Uint8Array(32).fill(index + 1)),
        turn: async (net) => {
          const started = await virtualTurn(net)
          server = started
          return () => started.servers('tcp')
        },
      },
      async (testbed) => {
        const { net, nodes } = testbed
        const open = new Set<PeerPipe>()
        for (const node of nodes) {
          node.onPipe((pipe) => {
            open.add(pipe)
            pipe.onClose(() => open.delete(pipe))
          })
        }
        const faults = faultsOf(testbed, boxes, server)
        const heaps: number[] = []
        for (let half = 0; half < 2; half++) {
          heaps.push(tally.connected)
          const callers = Array.from({ length: CALLERS }, () => call(testbed, random, tally))
          await Promise.all([...callers, disturb(testbed, random, faults)])
          // A NAT keeps mappings of connections that were cut off for two hours. RFC 5382 REQ-5.
          for (const box of boxes) box.restart()
          await wait(net.clock, QUIET_MS)
          heaps.push(await heapBytes())
        }
        const [, before = 0, count = 0, after = 0] = heaps
        const [calls, grown] = [tally.connected - count, after - before]
        // Everything works again, and nothing stays of what was.
        for (const from of nodes) for (const to of nodes) if (from !== to) await talk(from, to, random, tally)
        await wait(net.clock, ALLOCATION_MS)
        expect([open.size, server?.allocations()]).toEqual([0, 0])
        const kilobytes = [before, after, grown / calls].map((bytes) => Math.round(bytes / 1000))
        console.log(
          JSON.stringify({ ...tally, failures: Object.fromEntries(tally.failures), calls, kilobytes }),
        )
        expect(grown).toBeLessThan(calls * MOST_BYTES_OF_CALL + MOST_BYTES_OF_CODE)
      },
    )
    expect(tally.connected).toBeGreaterThan(MINUTES * CALLERS)
  },
  LIMIT_MS,
)
