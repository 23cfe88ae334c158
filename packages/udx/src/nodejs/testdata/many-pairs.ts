import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import type { ByteStream } from '@p2pd/netif'
import { loadUdx } from '../load-udx.ts'

/** A program that opens and closes many streams, prints the handles that are left, and has to end by itself. */
const PAIRS = 200
const AT_ONCE = 20

const udx = await loadUdx()
const bind = () => udx.bindUdp({ local: { ip: '127.0.0.1', port: 0 } })

async function openPair(): Promise<readonly ByteStream[]> {
  const [a, b] = await Promise.all([bind(), bind()])
  const token = randomBytes(16)
  return Promise.all([
    udx.openStream(a, { remote: b.local, role: 'client', token }),
    udx.openStream(b, { remote: a.local, role: 'server', token }),
  ])
}

const closed = (stream: ByteStream) =>
  new Promise((resolve) => {
    if (stream.closed) resolve(undefined)
    else stream.once('close', resolve)
  })

/** Opens a pair, moves some bytes, and closes it in one of three ways. */
async function useOnce(turn: number): Promise<void> {
  const [a, b] = (await openPair()) as [ByteStream, ByteStream]
  a.write('hello')
  await new Promise((resolve) => b.once('data', resolve))
  b.once('end', () => b.end())
  if (turn % 3 === 0) a.end()
  else a.destroy(turn % 3 === 1 ? undefined : new Error('enough'))
  a.resume()
  await Promise.all([closed(a), closed(b)])
}

const round = () => Promise.all(Array.from({ length: AT_ONCE }, (_, turn) => useOnce(turn)))
const held = () => ({ descriptors: readdirSync('/dev/fd').length, resources: process.getActiveResourcesInfo() })

await round()
const before = held()
for (let done = 0; done < PAIRS; done += AT_ONCE) await round()
console.log(JSON.stringify({ before, after: held() }))
