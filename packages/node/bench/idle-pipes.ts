/** The processor time of a node whose pipes are idle: it looks at the network and pings, and its peer does the same elsewhere. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { createIdentity, startNode } from '@p2pd/node/node'

const SECONDS = Number(process.env['P2PD_IDLE_SECONDS'] ?? 60)
/** A pipe counts as in use for 30 s after its last byte. */
const UNTIL_IDLE_MS = 35_000
/** Percent of one core that looking at the network may take, and the pings of one pipe. Fifty pipes ping fifty times as often. */
const MOST = 0.2
const PIPES = [0, 1, 50]

const servers = { stun: [], turn: [], mqtt: [] }

if (process.argv[2] === 'peer') await serve()
else await measure()

/** The other process: a node that is called. */
async function serve(): Promise<void> {
  const node = await startNode({ servers, identity: createIdentity() })
  node.onPipe(() => {})
  process.send?.(await node.address())
  process.once('disconnect', () => process.exit())
}

async function measure(): Promise<void> {
  const peer: ChildProcess = fork(process.argv[1] ?? '', ['peer'], { execArgv: process.execArgv })
  const [address] = (await once(peer, 'message')) as [string]
  const node = await startNode({ servers, identity: createIdentity() })
  for (const count of PIPES) {
    while (node.pipes().length < count) await node.connect(address)
    await setTimeout(UNTIL_IDLE_MS)
    const before = process.cpuUsage()
    await setTimeout(SECONDS * 1000)
    const { user, system } = process.cpuUsage(before)
    const percent = (user + system) / SECONDS / 10_000
    const isOk = percent < MOST
    const verdict = count > 1 ? '' : `, at most ${MOST}, ${isOk ? 'ok' : 'NOT OK'}`
    console.log(`idle node, ${count} pipes: ${percent.toFixed(3)} % of a core over ${SECONDS} s${verdict}`)
    if (count <= 1 && !isOk) process.exitCode = 1
  }
  await node.close()
  peer.disconnect()
}
