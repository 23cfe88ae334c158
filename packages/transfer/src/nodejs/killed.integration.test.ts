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

test('a receiver takes more names than its heap could hold', () =>
  withFolder(async (folder) => {
    const names = 50_000
    const [socket, child] = await startProgram('receive', join(folder, 'to'), ['--max-old-space-size=16'])
    const result = once(createInterface(child.stdout), 'line')
    await announceNames(socket, names)
    expect(JSON.parse(String(await result))).toEqual({ stored: 0, failed: names, movedBytes: 0 })
  }))
