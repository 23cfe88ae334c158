import { randomBytes } from 'node:crypto'
import { startInfra } from '@p2pd/infra'
import type { Node, PeerPipe, StrategyName } from '@p2pd/node'
import { createIdentity, startNode } from '@p2pd/node/node'
import { CliError } from '../../cli-error.ts'
import type { Context } from '../../context.ts'
import { formatTable } from '../../text/table.ts'
import { type CalleeProcess, startCallee } from './callee-process.ts'
import { receive, sendRandom } from './transfer.ts'

/** The strategies that this version has. */
const STRATEGIES: readonly StrategyName[] = ['direct', 'reverse', 'tcp-punch', 'udp-punch', 'relay']
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
 * `p2pd demo`: servers and two nodes on loopback, the callee in a second process. Connects them by each strategy in
 * turn and moves 64 MB each way.
 */
export async function demo(context: Context): Promise<void> {
  const { output, interrupted } = context
  output.info('Starting a broker, a STUN and TURN server and two nodes on loopback ...')
  const turn = { users: { demo: randomBytes(16).toString('hex') }, allowPrivatePeers: true }
  const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0, turn })
  const { servers } = infra
  let caller: Node | undefined
  let callee: CalleeProcess | undefined
  try {
    ;[callee, caller] = await Promise.all([
      startCallee(servers, BYTES),
      startNode({ servers, identity: createIdentity(), log: output.log }),
    ])
    const rows: Row[] = []
    for (const strategy of STRATEGIES) {
      interrupted.throwIfAborted()
      output.info(`Connecting by ${strategy}, then 64 MB each way ...`)
      const row = await tryStrategy(caller, callee, strategy)
      output.event({ event: 'row', ...row })
      rows.push(row)
    }
    output.result(format(rows))
    const failed = rows.filter(({ ok }) => !ok).map(({ strategy, reason }) => `${strategy}: ${reason}`)
    if (failed.length > 0) throw new CliError('CLI_DEMO', failed.join('; '))
  } finally {
    await Promise.all([caller?.close(), callee?.close()])
    await infra.close()
  }
}

async function tryStrategy(caller: Node, callee: CalleeProcess, strategy: StrategyName): Promise<Row> {
  try {
    const pipe = await caller.connect(callee.id, { strategies: [strategy] })
    const there = await timed([sendRandom(pipe, BYTES), callee.next('received')])
    const back = await timed([receive(pipe, BYTES), callee.next('sent')])
    await pipe.close()
    return rowOf(pipe, there, back)
  } catch (error) {
    return { strategy, ok: false, reason: (error as Error).message }
  }
}

/** The result of one direction of a transfer. */
interface Transfer {
  readonly equal: boolean
  readonly mbitPerSecond: number
}

async function timed(ends: [Promise<string>, Promise<string>]): Promise<Transfer> {
  const startedAt = performance.now()
  const [near, far] = await Promise.all(ends)
  const seconds = (performance.now() - startedAt) / 1000
  return { equal: near === far, mbitPerSecond: Math.round((BYTES * 8) / 1e6 / seconds) }
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
  return formatTable({
    head: ['strategy', 'time to connect', 'throughput', 'encrypted', '64 MB each way'],
    rows: rows.map(({ strategy, elapsedMs, mbitPerSecond, encrypted, ok, reason }) => {
      const worked = ok ? 'worked, hashes equal' : `failed: ${reason}`
      if (elapsedMs === undefined) return [strategy, '-', '-', '-', worked]
      return [strategy, `${elapsedMs} ms`, `${mbitPerSecond} Mbit/s`, encrypted ? 'yes' : 'no', worked]
    }),
    figures: [1, 2],
  })
}
