import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from '@jest/globals'
import { Dice, programFile } from '@p2pd/netif/testing'
import { announceNames } from '../testdata/announce-names.ts'
import { withFolder } from '../testdata/folders.ts'
import { receiveFiles } from './receive-files.ts'
import { sendFiles } from './send-files.ts'

const MIB = 2 ** 20
const ROUNDS = 20
/** Bytes that may be under way when an end is killed: in both sockets' buffers, and in writes that were not recorded. */
const UNDER_WAY = 8 * MIB

/** A program at the other end of a TCP connection. */
async function startProgram(
  role: 'send' | 'receive',
  path: string,
  node: readonly string[] = [],
): Promise<[Socket, ChildProcessWithoutNullStreams]> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const child = spawn(process.execPath, [...node, programFile('transfer-program'), role, String(port), path])
  child.stderr.resume()
  const [socket] = (await once(server, 'connection')) as [Socket]
  server.close()
  return [socket, child]
}

test('either end is killed 20 times at random, and in the end every byte is there, sent about once', async () => {
  await withFolder(async (folder) => {
    const dice = new Dice(7)
    const big = Buffer.alloc(100 * MIB)
    for (let at = 0; at < big.length; at += 4) big.writeUInt32LE(at, at)
    const [from, to] = [join(folder, 'from'), join(folder, 'to')]
    await mkdir(from)
    await writeFile(join(from, 'big'), big)
    for (let i = 0; i < 200; i++) await writeFile(join(from, `small-${i}`), `content ${i}`)
    let [moved, isDone] = [0, false]
    for (let round = 0; !isDone; round++) {
      const killed = dice.chance(0.5) ? 'send' : 'receive'
      const [socket, child] = await startProgram(killed, killed === 'send' ? from : to)
      const kill = round < ROUNDS ? setTimeout(() => child.kill('SIGKILL'), dice.below(150)) : undefined
      const run =
        killed === 'send'
          ? receiveFiles(socket, to, { peer: 'alice', consent: () => true })
          : sendFiles(socket, [from], { limit: 40 * MIB })
      await run.then(
        () => {
          isDone = true
        },
        (error: unknown) => expect(error).toMatchObject({ code: 'TRANSFER_CLOSED' }),
      )
      moved += Math.max(socket.bytesRead, socket.bytesWritten)
      clearTimeout(kill)
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
    expect(moved).toBeLessThanOrEqual(big.length + ROUNDS * UNDER_WAY)
    expect((await readFile(join(to, 'from/big'))).equals(big)).toBe(true)
    const names = await readdir(join(to, 'from'))
    expect(names.length).toBe(201) // No file was stored twice under another name.
    for (let i = 0; i < 200; i++)
      expect(await readFile(join(to, `from/small-${i}`), 'utf8')).toBe(`content ${i}`)
    expect(await readdir(to)).toEqual(['from'])
  })
}, 120_000)

/** Names of the second run; a million takes a minute. */
const NAMES = Number(process.env['P2PD_NAMES'] ?? 100_000)
/** Of the receiver, for each name: two hashes of 16 bytes each, half of whose places are free, and once more while they grow. */
const MAX_BYTES_PER_NAME = 100
/** Memory by which the allocator and the collector make one run differ from another. */
const SLACK_BYTES = 16 * MIB

test(
  'a receiver keeps a bounded number of bytes for many names, and nothing of them in its heap',
  () =>
    withFolder(async (folder) => {
      const peakOf = async (names: number) => {
        const heap = ['--max-old-space-size=16', '--max-semi-space-size=1']
        const [socket, child] = await startProgram('receive', join(folder, 'to'), heap)
        const result = once(createInterface(child.stdout), 'line')
        await announceNames(socket, names)
        const { peakBytes, ...counts } = JSON.parse(String(await result)) as Record<string, number>
        expect(counts).toEqual({ stored: 0, failed: names, movedBytes: 0 })
        return Number(peakBytes)
      }
      const few = await peakOf(1000)
      const many = await peakOf(NAMES)
      expect(many - few).toBeLessThan(NAMES * MAX_BYTES_PER_NAME + SLACK_BYTES)
    }),
  600_000,
)
