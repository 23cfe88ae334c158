import { startInfra } from '@p2pd/infra'
import type { Node, PeerPipe, StrategyName } from '@p2pd/node'
import { createIdentity, startNode } from '@p2pd/node/node'
import Table from 'cli-table3'
import { CliError } from '../cli-error.ts'
import type { Context } from '../context.ts'
import { type Transfer, transfer } from '../transfer.ts'

/** The strategies that this version has. */
const STRATEGIES: readonly StrategyName[] = ['direct', 'reverse']
const BYTES = 64 * 1024 * 1024

/** One strategy's outcome. */
interface Row {
  readonly strategy: StrategyName
  readonly ok: boolean
  readonly elapsedMs?: number
  readonly mbitPerSecond?: number
  readonly encrypted?: boolean
  readonly reason?: string
}

/**
 * `p2pd demo`: servers and two nodes on loopback; connects them by each strategy in turn and moves
 * 64 MB each way.
 */
export async function demo(context: Context): Promise<void> {
  const { output, interrupted } = context
  output.info('Starting a broker, a STUN server and two nodes on loopback ...')
  const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
  const nodes: Node[] = []
  try {
    for (const _ of ['caller', 'callee']) {
      nodes.push(await startNode({ servers: infra.servers, identity: createIdentity(), log: output.log }))
    }
    const rows: Row[] = []
    for (const strategy of STRATEGIES) {
      interrupted.throwIfAborted()
      output.info(`Connecting by ${strategy}, then 64 MB each way ...`)
      const row = await tryStrategy(nodes as [Node, Node], strategy)
      output.event({ event: 'row', ...row })
      rows.push(row)
    }
    output.result(format(rows))
    const failed = rows.filter(({ ok }) => !ok).map(({ strategy, reason }) => `${strategy}: ${reason}`)
    if (failed.length > 0) throw new CliError('CLI_DEMO', failed.join('; '))
  } finally {
    await Promise.all(nodes.map((node) => node.close()))
    await infra.close()
  }
}

async function tryStrategy([caller, callee]: [Node, Node], strategy: StrategyName): Promise<Row> {
  let stopListening = () => {}
  const accepted = new Promise<PeerPipe>((resolve) => {
    stopListening = callee.onPipe(resolve)
  })
  try {
    const near = await caller.connect(callee.id, { strategies: [strategy] })
    const far = await accepted
    const there = await transfer(near, far, BYTES)
    const back = await transfer(far, near, BYTES)
    await Promise.all([near.close(), far.close()])
    return rowOf(near, there, back)
  } catch (error) {
    return { strategy, ok: false, reason: (error as Error).message }
  } finally {
    stopListening()
  }
}

function rowOf({ connection }: PeerPipe, there: Transfer, back: Transfer): Row {
  const { strategy, encrypted } = connection
  const ok = there.equal && back.equal
  return {
    strategy,
    ok,
    elapsedMs: Math.round(connection.elapsedMs * 10) / 10,
    mbitPerSecond: Math.min(there.mbitPerSecond, back.mbitPerSecond),
    encrypted,
    ...(!ok && { reason: 'the bytes that arrived are not those that were sent' }),
  }
}

function format(rows: readonly Row[]): string {
  const table = new Table({
    head: ['strategy', 'time to connect', 'throughput', 'encrypted', '64 MB each way'],
    style: { head: [], border: [] },
  })
  for (const { strategy, elapsedMs, mbitPerSecond, encrypted, ok, reason } of rows) {
    const worked = ok ? 'worked, hashes equal' : `failed: ${reason}`
    if (elapsedMs === undefined) table.push([strategy, '-', '-', '-', worked])
    else
      table.push([strategy, `${elapsedMs} ms`, `${mbitPerSecond} Mbit/s`, encrypted ? 'yes' : 'no', worked])
  }
  return table.toString()
}
