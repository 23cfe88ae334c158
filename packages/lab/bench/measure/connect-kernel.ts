import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type BoxSettings, KernelInternet, type KernelHost, type Scenario } from '@p2pd/lab'
import { far } from '../../test/connect/testbed.ts'
import type { ConnectCase } from './connect-cases.ts'
import type { Answer, Request } from './node-program.ts'

const PROGRAM = fileURLToPath(new URL('node-program.ts', import.meta.url))

/** The measured times: by case, from start to "can be called", and of TCP's handshake alone. */
export interface KernelTimes {
  readonly cases: readonly (readonly number[])[]
  readonly starts: readonly number[]
  readonly handshakes: readonly number[]
}

/** Hosts with the distances of the virtual Internet; each peer behind a NAT has its own box. */
function scenarioOf(nats: readonly (BoxSettings | undefined)[]): Scenario {
  const { link } = far()
  const lines = nats.map((nat) => far(nat === undefined ? {} : { nat }).link)
  const boxes = nats.flatMap((settings, index) => {
    const line = lines[index]
    return settings === undefined ? [] : [{ name: `box${index}`, settings, ...(line && { link: line }) }]
  })
  const peers = nats.map((nat, index) => {
    const name = `peer${index}`
    return nat === undefined ? { name, ...(link && { link }) } : { name, behind: `box${index}` }
  })
  const open = ['broker', 'caller'].map((name) => ({ name, ...(link && { link }) }))
  return { hosts: [...open, ...peers], boxes }
}

/** Connects real nodes, each in its own process, through real kernels, `runs` times in each case. */
export async function kernelTimes(ways: readonly ConnectCase[], runs: number): Promise<KernelTimes> {
  const net = await KernelInternet.create({ scenario: scenarioOf(ways.map(({ nat }) => nat)) })
  try {
    const broker = net.host('broker')
    const { url } = await (await NodeProgram.load(broker)).ask({ type: 'broker', ip: broker.ip }, 'serving')
    const caller = await NodeProgram.load(net.host('caller'))
    const start = (program: NodeProgram) => program.ask({ type: 'start', broker: url }, 'started')
    const [cases, starts]: [number[][], number[]] = [[], []]
    for (const [index, { by, strategy }] of ways.entries()) {
      const peer = await start(await NodeProgram.load(net.host(`peer${index}`)))
      const target = by === 'id' ? peer.id : peer.address
      const callAnew = async () => {
        // A new node, because a node remembers the strategy that worked.
        starts.push((await start(caller)).elapsedMs)
        return (await caller.ask({ type: 'connect', target, strategy }, 'connected')).elapsedMs
      }
      cases.push(await repeat(runs, callAnew))
    }
    const dial = async () => (await caller.ask({ type: 'dial', url }, 'dialled')).elapsedMs
    return { cases, starts, handshakes: await repeat(runs, dial) }
  } finally {
    await net.close()
  }
}

async function repeat(times: number, measure: () => Promise<number>): Promise<number[]> {
  const measured: number[] = []
  while (measured.length < times) measured.push(await measure())
  return measured
}

/** A node in its own process, which takes one request after the other. */
class NodeProgram {
  readonly #process: ChildProcess

  private constructor(process: ChildProcess) {
    this.#process = process
  }

  /** Resolves when the process has loaded its modules, before the measurement. */
  static async load(host: KernelHost): Promise<NodeProgram> {
    const run = ['--import', 'tsx', '--conditions=@p2pd/source', PROGRAM]
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const
    const program = new NodeProgram(host.spawn(process.execPath, run, { stdio: [...stdio] }))
    await program.#hear('loaded')
    return program
  }

  ask<Type extends Answer['type']>(request: Request, type: Type): Promise<Extract<Answer, { type: Type }>> {
    this.#process.send(request)
    return this.#hear(type)
  }

  async #hear<Type extends Answer['type']>(type: Type): Promise<Extract<Answer, { type: Type }>> {
    const [answer] = (await once(this.#process, 'message')) as [Answer]
    if (answer.type !== type) throw new Error(`not ${type}: ${JSON.stringify(answer)}`)
    return answer as Extract<Answer, { type: Type }>
  }
}
