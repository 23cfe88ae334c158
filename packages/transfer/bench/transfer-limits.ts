/**
 * `pnpm bench transfer`: many small files beside one large one on a long path, and the memory that a million names take.
 * P2PD_BENCH_FULL=1 runs the sizes of the documentation.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { receiveFiles, sendFiles } from '@p2pd/transfer/node'
import { announceNames } from '../src/testdata/announce-names.ts'

const isFull = process.env['P2PD_BENCH_FULL'] === '1'
const FILES = isFull ? 10_000 : 2000
const FILE_LENGTH = 4096
/** One way. */
const DELAY_MS = 25
/** A fast home: 100 Mbit/s, in bytes a second. */
const HOME_RATE = 12_500_000
const NAMES = isFull ? 1_000_000 : 100_000

/** Two ends of a stream that delivers after a delay, with a window of 16 MiB. */
function longPath(): [Duplex, Duplex] {
  const ends: Duplex[] = []
  const end = (index: number) =>
    new Duplex({
      highWaterMark: 2 ** 24,
      read() {},
      write(chunk: Uint8Array, _encoding, done) {
        setTimeout(() => ends[1 - index]?.push(chunk), DELAY_MS)
        done()
      },
      final(done) {
        setTimeout(() => ends[1 - index]?.push(null), DELAY_MS)
        done()
      },
    })
  ends.push(end(0), end(1))
  return ends as [Duplex, Duplex]
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-bench-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Milliseconds of one transfer, and of the processor. */
async function time(
  from: string,
  to: string,
  limit?: number,
): Promise<{ readonly ms: number; readonly cpuMs: number }> {
  const [here, there] = longPath()
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const received = receiveFiles(there, to, { peer: 'alice', consent: () => true })
  await sendFiles(here, [from], { limit })
  const { failed } = await received
  if (failed > 0) throw new Error(`${failed} files failed`)
  const { user, system } = process.cpuUsage(cpu)
  return { ms: performance.now() - startedAt, cpuMs: (user + system) / 1000 }
}

async function manySmall(): Promise<void> {
  await inFolder(async (folder) => {
    await mkdir(join(folder, 'small'))
    for (let i = 0; i < FILES; i++)
      await writeFile(join(folder, 'small', `file-${i}`), randomBytes(FILE_LENGTH))
    await writeFile(join(folder, 'one'), randomBytes(FILES * FILE_LENGTH))
    await compare(folder, undefined)
    await compare(folder, HOME_RATE)
  })
}

/** Both ways over the long path, at this many bytes a second at most. */
async function compare(folder: string, limit: number | undefined): Promise<void> {
  const to = join(folder, `to-${limit}`)
  const one = await time(join(folder, 'one'), join(to, 'one'), limit)
  const many = await time(join(folder, 'small'), join(to, 'many'), limit)
  const at = limit === undefined ? '' : ` and ${(8 * limit) / 1e6} Mbit/s`
  const ratio = (many.ms / one.ms).toFixed(2)
  console.log(
    `${FILES} files of ${FILE_LENGTH} bytes at ${2 * DELAY_MS} ms${at}: ${Math.round(many.ms)} ms, ${Math.round(many.cpuMs)} ms of processor;`,
  )
  console.log(
    `one file of their size: ${Math.round(one.ms)} ms, ${Math.round(one.cpuMs)} of processor; ratio ${ratio}`,
  )
}

async function manyNames(): Promise<void> {
  await inFolder(async (folder) => {
    const [here, there] = await tcpPair()
    let highest = 0
    const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 20)
    const before = process.memoryUsage.rss()
    const startedAt = performance.now()
    const sending = announceNames(here, NAMES)
    const { failed } = await receiveFiles(there, join(folder, 'to'), { peer: 'alice', consent: () => true })
    await sending
    clearInterval(watch)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    const megabytes = (bytes: number) => Math.round(bytes / 1e6)
    console.log(
      `${failed} names in ${seconds} s: resident ${megabytes(highest)} MB, ${megabytes(before)} before`,
    )
  })
}

/** Two ends of a TCP connection of this machine: with back-pressure. */
async function tcpPair(): Promise<[Duplex, Duplex]> {
  const { connect, createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const accepted = new Promise<Duplex>((resolve) => server.once('connection', resolve))
  const pair: [Duplex, Duplex] = [connect(port, '127.0.0.1'), await accepted]
  server.close()
  return pair
}

await manyNames()
await manySmall()
