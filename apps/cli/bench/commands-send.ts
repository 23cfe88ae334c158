/**
 * `pnpm bench commands`: one file by the parts of `send` and `receive`, beside the same bytes and hashes over the bare pipe.
 * 128 MiB in memory-backed folders where the system has them; P2PD_BENCH_FULL=1 sends 1 GiB.
 */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startInfra } from '@p2pd/infra'
import type { Node, PeerPipe } from '@p2pd/node'
import { createIdentity, startNode } from '@p2pd/node/node'
import { CHUNK_LENGTH } from '@p2pd/transfer'
import { receiveFiles, sendFiles } from '@p2pd/transfer/node'

const CHUNKS = process.env['P2PD_BENCH_FULL'] === '1' ? 1024 : 128
const ROUNDS = 5

/** One way to move the file. */
type Way = (caller: PeerPipe, callee: PeerPipe, folder: string) => Promise<void>

/** The bare pipe: the file is read, and each chunk hashed at both ends. */
const bare: Way = async (caller, callee, folder) => {
  const received = (async () => {
    let [hash, length] = [createHash('sha256'), 0]
    for await (const part of callee.stream) {
      hash.update(part as Uint8Array)
      length += (part as Uint8Array).length
      if (length < CHUNK_LENGTH) continue
      hash.digest()
      ;[hash, length] = [createHash('sha256'), 0]
    }
  })()
  const file = await open(join(folder, 'file'))
  for (let number = 0; number < CHUNKS; number++) {
    const bytes = Buffer.allocUnsafeSlow(CHUNK_LENGTH)
    await file.read(bytes, 0, CHUNK_LENGTH, number * CHUNK_LENGTH)
    createHash('sha256').update(bytes).digest()
    if (!caller.stream.write(bytes)) await new Promise((resolve) => caller.stream.once('drain', resolve))
  }
  caller.stream.end()
  await received
  await file.close()
}

const transfer: Way = async (caller, callee, folder) => {
  const inbox = join(folder, 'inbox')
  const received = receiveFiles(callee.stream, inbox, { peer: caller.peer, consent: () => true })
  await sendFiles(caller.stream, [join(folder, 'file')])
  await received
}

/** Megabytes a second, and milliseconds of processor time of both ends for 100 MB. */
interface Rate {
  readonly perSecond: number
  readonly cpuMs: number
}

async function rateOf(way: Way, alice: Node, bob: Node, folder: string): Promise<Rate> {
  const arrived = new Promise<PeerPipe>((resolve) => {
    const stop = bob.serve('bench', (pipe) => {
      stop()
      resolve(pipe)
    })
  })
  const caller = await alice.connect(await bob.address(), { service: 'bench' })
  const callee = await arrived
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await way(caller, callee, folder)
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpu)
  await caller.close().catch(() => {}) // The transfer has ended the stream.
  await rm(join(folder, 'inbox'), { recursive: true, force: true })
  const bytes = CHUNKS * CHUNK_LENGTH
  return { perSecond: bytes / 1e6 / seconds, cpuMs: (user + system) / 1000 / (bytes / 1e8) }
}

const inWords = ({ perSecond, cpuMs }: Rate) =>
  `${perSecond.toFixed(0)} MB/s (${cpuMs.toFixed(0)} ms for 100 MB)`
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)]?.toFixed(2)

const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'p2pd-bench-'))
const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
const start = () =>
  startNode({ servers: infra.servers, identity: createIdentity(), portMapping: false, admit: () => true })
const [alice, bob] = [await start(), await start()]
try {
  const file = await open(join(folder, 'file'), 'w')
  for (let number = 0; number < CHUNKS; number++) await file.write(randomBytes(CHUNK_LENGTH))
  await file.close()
  const ratios: number[] = []
  const costs: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const pipe = await rateOf(bare, alice, bob, folder)
    const send = await rateOf(transfer, alice, bob, folder)
    ratios.push(send.perSecond / pipe.perSecond)
    costs.push(pipe.cpuMs / send.cpuMs)
    console.log(`pipe with hashes ${inWords(pipe)}, send ${inWords(send)}: ${ratios.at(-1)?.toFixed(2)}`)
  }
  console.log(`one file of ${CHUNKS} MiB by send: ${median(ratios)} of the pipe by the clock (at least 0.85)`)
  console.log(`the same by the processor time of both ends: ${median(costs)}`)
} finally {
  await Promise.all([alice.close(), bob.close()])
  await infra.close()
  await rm(folder, { recursive: true })
}
