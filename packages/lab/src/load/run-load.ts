import { setMaxListeners } from 'node:events'
import { systemClock } from '@p2pd/netif/node'
import { identityFromSeed, mqttConnector, openSignal } from '@p2pd/signal-mqtt/node'
import { createRandom, randomBytesFrom, randomInteger } from '../random.ts'
import { checkLoadPlan, type LoadPlan } from './load-plan.ts'
import { usageOf } from './process-usage.ts'
import { SimulatedNode } from './simulated-node.ts'
import { takeTurns, type WorkSummary } from './take-turns.ts'

export type { LoadPlan }

/** Enough to keep a broker busy, and few enough that a time says something about one node. */
const AT_ONCE = 64

const LIMIT_MS = 600_000

/** The work of nodes, in this order. */
export type LoadPhaseName = 'connect' | 'publish' | 'fetch' | 'call'

/** How a phase went, and what each node costs by its end. */
export interface LoadPhase extends WorkSummary {
  readonly phase: LoadPhaseName
  /** By how much this process has grown since the start, for each node. */
  readonly nodeBytes: number
  /** By how much the brokers whose process ids were given have grown, for each node. */
  readonly brokerBytes?: number
  /** Processor time that these brokers took in the phase. */
  readonly brokerCpuMs?: number
}

/** The surroundings of a load. */
export interface LoadOptions {
  /** Processes of the brokers, whose memory is read. @default none */
  readonly brokerPids?: readonly number[]
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs the signalling of many nodes in this process against brokers on loopback or in the lab, and gives each phase when it is
 * over. The nodes connect. Then each publishes a record, and fetches the record of another. Then offers are sent and
 * answered. Throws `LAB_LOAD_REFUSED` before anything is connected.
 */
export async function* runLoad(plan: LoadPlan, options: LoadOptions = {}): AsyncGenerator<LoadPhase> {
  checkLoadPlan(plan, process.env)
  const { brokerPids = [] } = options
  const signal = AbortSignal.any(options.signal === undefined ? [] : [options.signal])
  // Each call under way listens to it: many listeners are not a leak here.
  setMaxListeners(0, signal)
  const before = { nodeBytes: process.memoryUsage.rss(), broker: usageOf(brokerPids) }
  let { cpuMs } = before.broker
  const turns = { clock: systemClock, atOnce: plan.atOnce ?? AT_ONCE, signal }
  const until = systemClock.now() + (plan.limitMs ?? LIMIT_MS)
  const nodes: SimulatedNode[] = []
  try {
    for (const { phase, count, work } of phasesOf(plan, nodes, signal)) {
      const summary = await takeTurns({ ...turns, until, count }, work)
      const broker = usageOf(brokerPids)
      yield {
        phase,
        ...summary,
        nodeBytes: (process.memoryUsage.rss() - before.nodeBytes) / plan.nodes,
        ...(brokerPids.length > 0 && {
          brokerBytes: (broker.bytes - before.broker.bytes) / plan.nodes,
          brokerCpuMs: broker.cpuMs - cpuMs,
        }),
      }
      cpuMs = broker.cpuMs
    }
  } finally {
    await Promise.all(nodes.map((node) => node.close()))
  }
}

interface PhaseWork {
  readonly phase: LoadPhaseName
  readonly count: number
  readonly work: (index: number) => Promise<void>
}

function phasesOf(plan: LoadPlan, nodes: SimulatedNode[], signal: AbortSignal): PhaseWork[] {
  const random = createRandom(plan.seed, 'calls')
  const open = nodeOpener(plan)
  const nodeAt = (index: number) => {
    const node = nodes[index % nodes.length]
    if (node === undefined) throw new Error('no node is connected')
    return node
  }
  /** A node and another one, evenly drawn. */
  const pairOf = (index: number) =>
    [nodeAt(index), nodeAt(index + randomInteger(random, 1, nodes.length - 1))] as const
  return [
    {
      phase: 'connect',
      count: plan.nodes,
      work: async () => {
        const node = open()
        nodes.push(node)
        await node.ready(signal)
      },
    },
    { phase: 'publish', count: plan.nodes, work: (index) => nodeAt(index).publish() },
    {
      phase: 'fetch',
      count: plan.nodes,
      work: async (index) => {
        const [node, owner] = pairOf(index)
        await node.fetch(owner, signal)
      },
    },
    {
      phase: 'call',
      count: plan.calls,
      work: async (index) => {
        const [caller, callee] = pairOf(index)
        await caller.call(callee, signal)
      },
    },
  ]
}

/** Opens nodes that share what they learn about the versions of a broker, as the calls of one program do. */
function nodeOpener({ brokers, seed }: LoadPlan): () => SimulatedNode {
  const connect = mqttConnector()
  const random = createRandom(seed, 'identities')
  const ids = createRandom(seed, 'offers')
  return () => {
    const identity = identityFromSeed(randomBytesFrom(random)(32))
    const signal = openSignal({ brokers, identity, connect })
    return new SimulatedNode(identity.publicKey, { signal, clock: systemClock, random: ids })
  }
}
