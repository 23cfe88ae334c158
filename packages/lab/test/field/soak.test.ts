import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from '@jest/globals'
import { presets, type VirtualBox, type VirtualHost, type VirtualInternet } from '@p2pd/lab'
import type { Node, PeerPipe } from '@p2pd/node'
import { createRandom, type Random, randomInteger } from '../../src/random.ts'
import { type Testbed, wait, withNodes } from '../connect/testbed.ts'
import { type VirtualTurn, virtualTurn } from '../hosts/virtual-turn.ts'

/** `P2PD_SOAK_MINUTES=60 P2PD_SOAK_SEED=7 npx jest packages/lab/test/field/soak`: an hour, drawn from another seed. */
const MINUTES = Number(process.env['P2PD_SOAK_MINUTES'] ?? 10)
const SEED = Number(process.env['P2PD_SOAK_SEED'] ?? 1)
const END_MS = MINUTES * 60_000
/** A virtual minute takes one to two real seconds. */
const LIMIT_MS = 60_000 + MINUTES * 10_000
const CALLERS = 4
const MAX_MESSAGES = 20
/** Longer than a session waits for a path: a message that is neither answered nor given up by then is lost. */
const ANSWER_MS = 120_000
const NICS_DOWN_MS = 3_000
/** An allocation whose client was cut off stays for so long. RFC 8656 §3.2. */
const ALLOCATION_MS = 11 * 60_000
const PAUSES_MS = [200, 20_000] as const
const BETWEEN_FAULTS_MS = [3_000, 15_000] as const
const link = { delayMs: 11.5 }

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Megabytes of the heap that something still refers to. */
function heapMegabytes(): number {
  collect()
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20)
}

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
  const endAt = clock.now() + END_MS
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
  const endAt = clock.now() + END_MS
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

test(
  `soak, ${MINUTES} minutes, seed ${SEED}: calls under faults of NICs, NATs and relays`,
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
        const faults = [
          ...boxes.map((box) => () => box.restart()),
          async () => {
            await server?.kill()
            await wait(net.clock, NICS_DOWN_MS)
            await server?.restart()
          },
        ]
        const calls = Array.from({ length: CALLERS }, () => call(testbed, random, tally))
        const heaps = Array.from({ length: 5 }, async (_, part) => {
          await wait(net.clock, (END_MS * (part + 1)) / 5)
          return heapMegabytes()
        })
        await Promise.all([...calls, disturb(testbed, random, faults)])
        console.log(await Promise.all(heaps))
        // Everything works again, and nothing stays of what was.
        await wait(net.clock, 2 * 60_000)
        for (const from of nodes) for (const to of nodes) if (from !== to) await talk(from, to, random, tally)
        await wait(net.clock, ALLOCATION_MS)
        expect([open.size, server?.allocations()]).toEqual([0, 0])
      },
    )
    console.log(JSON.stringify({ ...tally, failures: Object.fromEntries(tally.failures) }))
    expect(tally.connected).toBeGreaterThan(MINUTES * CALLERS)
  },
  LIMIT_MS,
)
